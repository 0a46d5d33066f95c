// A certificate that signs itself, for 127.0.0.1 and localhost, and its key: new ones for each object. One thread.
#pragma once

#include <string>

#include "support/temporary_directory.hpp"

namespace stile::test {

class Certificate {
 public:
  Certificate();

  /// PEM files; the certificate is the authority that it is verified by, too.
  std::string file() const { return directory_.file("cert.pem"); }
  std::string key_file() const { return directory_.file("key.pem"); }  ///< mode 0600
  std::string locked_key_file() const {
    return directory_.file("locked.pem");
  }  ///< the same with a passphrase

 private:
  TemporaryDirectory directory_;
};

}  // namespace stile::test
