// Functions that are guarded, as `stile serve` serves them: with keys of `stile keys`, and tokens that OpenSSL has signed. One
// thread.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/process.hpp"
#include "support/served_project.hpp"
#include "support/signer.hpp"
#include "support/temporary_directory.hpp"

namespace stile::test {

class GuardedProject {
 public:
  /// `functions_build`: the folder of the built functions.
  explicit GuardedProject(const std::string& functions_build);

  /// `stile keys add` with these arguments; returns the key.
  std::string add_key(std::vector<std::string> arguments) const;
  /// Returns once `stile keys revoke` has ended; workers may take a second to know.
  void revoke(const std::string& name) const;
  /// One that is accepted, of ada with the scopes notes:read and notes:write; `changes` of its claims may alter that.
  std::string token(const nlohmann::json& changes = nlohmann::json::object()) const;
  /// Writes another stile.json, which a reload reads.
  void configure(const std::string& text) const { directory_.write("stile.json", text); }
  /// Seconds since 1970.
  static std::int64_t now();

  const ServedProject& project() const { return project_; }
  std::string keys_file() const { return directory_.file("keys.json"); }
  const Signer& signer() const { return signer_; }

 private:
  /// `stile keys` with these arguments. Throws std::runtime_error, with what it said, where it fails.
  Outcome keys(std::vector<std::string> arguments) const;

  TemporaryDirectory directory_;
  Signer signer_ = Signer::p256();
  std::string key_file_;
  ServedProject project_;
};

}  // namespace stile::test
