#include "worker/refusals.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace std::chrono_literals;
using stile::worker::Refusals;

namespace {
const Refusals::Clock::time_point start{1h};
}

TEST_CASE("An address may guess a number of times at once, and then one time after the other") {
  Refusals refusals;
  CHECK_FALSE(refusals.wait("192.0.2.1", start));
  for (int i = 0; i < Refusals::at_once; ++i) {
    CHECK_FALSE(refusals.wait("192.0.2.1", start));
    refusals.count("192.0.2.1", start);
  }
  CHECK(refusals.wait("192.0.2.1", start) == Refusals::apart);
  CHECK(refusals.wait("192.0.2.1", start + 5900ms) == 1s);
  CHECK_FALSE(refusals.wait("192.0.2.2", start));
  const auto later = start + Refusals::apart;
  CHECK_FALSE(refusals.wait("192.0.2.1", later));
  refusals.count("192.0.2.1", later);
  CHECK(refusals.wait("192.0.2.1", later));
  const auto tomorrow = start + 24h;
  for (int i = 0; i < Refusals::at_once; ++i) {
    CHECK_FALSE(refusals.wait("192.0.2.1", tomorrow));
    refusals.count("192.0.2.1", tomorrow);
  }
  CHECK(refusals.wait("192.0.2.1", tomorrow));
}

TEST_CASE("A network of IPv6 is one guesser, and an address within IPv6 is itself") {
  Refusals refusals;
  for (int i = 0; i < Refusals::at_once; ++i) refusals.count("2001:db8::" + std::to_string(i), start);
  CHECK(refusals.wait("2001:db8:0:0:ffff::1", start));
  CHECK_FALSE(refusals.wait("2001:db8:0:1::1", start));
  for (int i = 0; i < Refusals::at_once; ++i) refusals.count("::ffff:192.0.2.1", start);
  CHECK(refusals.wait("::ffff:192.0.2.1", start));
  CHECK_FALSE(refusals.wait("::ffff:192.0.2.2", start));
}

TEST_CASE("An address that may speak for many is never refused, nor one that is none") {
  Refusals refusals;
  for (const auto* address :
       {"10.0.0.1", "127.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.1.1", "100.64.0.1",
        "::1", "fd00::1", "fe80::1", "::ffff:10.0.0.1", "", "unix:", "proxy", "10.0.0.1:80"}) {
    CAPTURE(address);
    for (int i = 0; i < 2 * Refusals::at_once; ++i) refusals.count(address, start);
    CHECK_FALSE(refusals.wait(address, start));
  }
  CHECK(refusals.size() == 0);
  for (const auto* address :
       {"11.0.0.1", "172.15.0.1", "172.32.0.1", "192.169.0.1", "100.128.0.1", "2001:db8::1"}) {
    CAPTURE(address);
    for (int i = 0; i < Refusals::at_once; ++i) refusals.count(address, start);
    CHECK(refusals.wait(address, start));
  }
}

TEST_CASE("However many addresses guess, so many are known, and those that guess most stay") {
  Refusals refusals;
  for (int i = 0; i < Refusals::at_once; ++i) refusals.count("192.0.2.1", start);
  for (std::size_t i = 0; i < 3 * stile::Buckets::most_names; ++i) {
    const auto text = std::to_string(11 + i / 65536) + "." + std::to_string(i / 256 % 256) + "." +
                      std::to_string(i % 256) + ".1";
    refusals.count(text, start);
    REQUIRE(refusals.size() <= stile::Buckets::most_names);
  }
  CHECK(refusals.size() > stile::Buckets::most_names / 2);
  CHECK(refusals.wait("192.0.2.1", start));
}
