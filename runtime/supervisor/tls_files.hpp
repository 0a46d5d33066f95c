// The certificate and the private key that nginx is going to read. One thread.
#pragma once

#include <optional>
#include <string>

#include "posix/account.hpp"

namespace stile::supervisor {

/// Throws Failure that names the file: it can't be read or is no regular file, the key may be read or written by
/// others or read by the account of the functions, the certificate may be written by others. Reads neither: whether they
/// belong together is nginx's to say.
void check_tls_files(const std::string& certificate, const std::string& key,
                     const std::optional<posix::Account>& account);

}  // namespace stile::supervisor
