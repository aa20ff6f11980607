// Facets of more values than are held: what is told must not hang on the order of a table.
#include "spider/query/facets.h"

#include <catch2/catch.hpp>

#include "unit/query/step_store.h"

namespace spider::query {
namespace {

// Far more hosts than are held, most of them seen once or twice, some often.
class ManyHosts final : public test::StepStore {
 public:
  ManyHosts() : StepStore(500, 1'000'000) {}

 private:
  void fill(model::Communication& c, model::RecordBatch& batch, int i) const override {
    const int host = i % 4 == 0 ? i % 97 : i % 3 == 0 ? i % 5'000 : i;
    c.host = batch.text.put("host-" + std::to_string(host));
    c.request.present = c.response.present = true;
  }
};

std::string told(const Facets& facets) {
  const Facet& f = facets.facets.front();
  std::string out = std::to_string(f.rest) + " " + std::to_string(f.missed_max);
  for (const FacetValue& v : f.values)
    out += "\n" + v.value.text + " " + std::to_string(v.communications);
  return out;
}

}  // namespace

TEST_CASE("the same question about too many values has the same answer each time", "[query]") {
  ManyHosts stored;
  for (int n = 0; n < 12; ++n) stored.add(6'000);
  Filter filter;
  filter.from = {0};
  filter.to = stored.end();
  const FacetsRequest request{{GroupField::host}, 100'000};  // all that are held
  const auto snapshot = stored.snapshot();
  const auto first = facets(*snapshot, request, filter);
  REQUIRE(first);
  REQUIRE(first->facets.front().missed_max > 0);  // more than are held
  std::uint64_t counted = first->facets.front().rest;
  for (const FacetValue& v : first->facets.front().values) counted += v.communications;
  CHECK(counted == first->communications);
  for (int n = 0; n < 5; ++n) {
    const auto again = facets(*snapshot, request, filter);
    REQUIRE(again);
    CHECK(told(*again) == told(*first));
  }
}

}  // namespace spider::query
