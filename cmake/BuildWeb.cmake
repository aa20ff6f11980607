# cmake -D NPM=... -D WEB=... -P BuildWeb.cmake: installs what package-lock.json says when it is not
# there yet, then builds the page.
set(installed ${WEB}/node_modules/.package-lock.json)
if(NOT EXISTS ${installed} OR ${WEB}/package-lock.json IS_NEWER_THAN ${installed})
  execute_process(COMMAND ${NPM} ci --no-audit --no-fund
    WORKING_DIRECTORY ${WEB} RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "npm ci failed in ${WEB}; -DSPIDER_WEB=OFF builds without the page.")
  endif()
  file(TOUCH_NOCREATE ${installed})
endif()
execute_process(COMMAND ${NPM} run --silent build WORKING_DIRECTORY ${WEB} RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "npm run build failed in ${WEB}; -DSPIDER_WEB=OFF builds without the page.")
endif()
