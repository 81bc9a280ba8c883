#pragma once
// test_certificates.hpp - an authority, a server and a client for TLS in tests, made by openssl.

#include <cstdlib>
#include <stdexcept>
#include <string>

#include "support/temp_folder.hpp"

namespace pushgate::test {

/// Files in a folder of its own. The server is "redis.test" and 127.0.0.1.
class TestCertificates {
 public:
  TestCertificates() {
    run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority "
        "-keyout ca.key -out ca.pem");
    sign("server", "subjectAltName=DNS:redis.test,IP:127.0.0.1");
    sign("client", "extendedKeyUsage=clientAuth");
  }

  std::string ca() const { return folder_.file("ca.pem"); }
  std::string server() const { return folder_.file("server.pem"); }
  std::string server_key() const { return folder_.file("server.key"); }
  std::string client() const { return folder_.file("client.pem"); }
  std::string client_key() const { return folder_.file("client.key"); }

 private:
  void sign(const std::string& name, const std::string& extension) {
    folder_.write(name + ".ext", extension + '\n');
    run("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=" + name + " -keyout " +
        name + ".key -out " + name + ".csr");
    run("x509 -req -in " + name +
        ".csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile " + name + ".ext -out " +
        name + ".pem");
  }
  void run(const std::string& arguments) const {
    const std::string line = "cd '" + folder_.path().string() + "' && openssl " + arguments +
                             " >>openssl.log 2>&1 </dev/null";
    if (std::system(line.c_str()) != 0) {
      throw std::runtime_error("openssl failed:\n" + folder_.read("openssl.log"));
    }
  }

  TempFolder folder_;
};

}  // namespace pushgate::test
