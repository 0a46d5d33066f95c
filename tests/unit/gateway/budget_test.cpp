#include "gateway/budget.hpp"

#include <catch2/catch.hpp>
#include <limits>

using stile::ResolvedLimits;
using stile::gateway::Budget;

namespace {

ResolvedLimits limits(std::uint32_t concurrency, std::uint32_t instances, std::uint32_t queue) {
  ResolvedLimits result;
  result.concurrency = concurrency;
  result.instances = instances;
  result.queue = queue;
  return result;
}

}  // namespace

TEST_CASE("A few functions keep as many connections as their bound") {
  const Budget budget(65'536, 10, 4);
  CHECK(budget.kept(ResolvedLimits{}) == ResolvedLimits{}.bound());
  CHECK(budget.at_once(ResolvedLimits{}) == ResolvedLimits{}.bound());
}

TEST_CASE(
    "What all functions keep fits into half of the connections, and into the supervisor's descriptors") {
  for (const std::uint64_t descriptors : {256U, 1024U, 65'536U, 1'000'000U}) {
    for (const std::size_t functions : {1U, 10U, 30U}) {
      const Budget budget(descriptors, functions, 2);
      CAPTURE(descriptors, functions);
      CHECK(budget.kept(limits(1024, 1, 65'535)) * functions * 2 <= budget.connections() / 2);
      CHECK(budget.connections() < budget.descriptors());
      CHECK(budget.descriptors() <= descriptors);
    }
  }
}

TEST_CASE("However many functions there are, each keeps one connection") {
  CHECK(Budget(1024, 100'000, 64).kept(ResolvedLimits{}) == 1);
  CHECK(Budget(0, 0, 0).kept(ResolvedLimits{}) == 32);
}

TEST_CASE("No number of descriptors makes nginx allocate without bound") {
  const Budget budget(std::numeric_limits<std::uint64_t>::max(), 1, 1);
  CHECK(budget.connections() == 16'384);
  CHECK(budget.at_once(limits(1024, 64, 65'535)) == 128);
}

TEST_CASE("A bound is divided among the instances, and none is left with nothing") {
  const Budget budget(65'536, 1, 1);
  CHECK(budget.at_once(limits(8, 4, 0)) == 8);
  CHECK(budget.at_once(limits(8, 4, 1)) == 9);
  CHECK(budget.at_once(limits(1, 1, 0)) == 1);
  CHECK(Budget(0, 1, 1).at_once(limits(1024, 64, 0)) == 1);
}
