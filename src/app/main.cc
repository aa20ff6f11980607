#include "spider/app/app.h"

int main(int argc, char** argv) { return spider::app::run(argc, argv); }
