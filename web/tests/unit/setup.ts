// Tests live in a zone that is not UTC and changes its clocks, so that mixing the two up is seen.
process.env["TZ"] = "Europe/Berlin";
