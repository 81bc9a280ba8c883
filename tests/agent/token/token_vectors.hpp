#pragma once
// token_vectors.hpp - keys and tokens. Made by make_token_vectors.py; do not edit.

#include <array>
#include <string_view>

namespace pushgate::agent {

inline constexpr std::string_view kSecret =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
inline constexpr std::string_view kJwks =
    "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"secret\",\"k\":"
    "\"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZW"
    "YwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZg\"},{\"kty\":\"RSA\",\"kid\":\"rsa\",\"use\":"
    "\"sig\","
    "\"n\":\"nVr0jnpVcfJJQbbmEfbEU6jBdcDnDXlZI0S-5Q--YgCXx7_p2DMX3SL2SGs19XNk0rBxhVuzyVoqV_i"
    "M2_eLVI55ZjF3CDydQ12HWVSpdSdFu0oGePdJMVs_tmcxA_sT6YWcwPBHpAgWWEkNPae9yaTlvrEwP8zJ9c2"
    "u6C9786rTpHipvbL8cv5KjURfyw58yhGeDdHfrWa7BipzaCx2ZnpYIuROJYiTI_DP3fort3vPvqH73cvEBtv"
    "Nno9X6arJIJzuC2KFFCLYq6w7mbnjmLA5J0ikTkta8eAoS_PLRqBk6-jtoHlTF2g5BEFLL6s1OKp-thJ8giD"
    "k3PWzG-N0JQ\",\"e\":\"AQAB\"},{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"p256\",\"x\":"
    "\"CE4tdVVunSR3oWh"
    "flcG2_3RmZuBLcAGEVuGcCeRV-hA\",\"y\":\"lICZtS96oI5sMdrQ-ISpJcdOWb9iX0J2UphHPi-PMvQ\"},{\"k"
    "ty\":\"EC\",\"crv\":\"P-384\",\"kid\":\"p384\",\"x\":\"DDxQ-n-2ujntC36V8ltdlnBj1EP_"
    "gXwg19OSGONLJ7M"
    "qUmjzVKRGtiAEM5wO62yK\",\"y\":\"dXGm8WYDCxEdIlzqlEM6726hm9gqUkqXJGHzb-rPGGnzQ_ydMGTQQF3D"
    "LzpixYTy\"},{\"kty\":\"EC\",\"crv\":\"P-521\",\"kid\":\"p521\",\"x\":"
    "\"ARDN04awbs1GMM3eDxyEarcRv6FDT"
    "aevd1bkD6nR2GzJZw_EwDxeKvVRnhjILAdeA9NeZFX-bHcvjlx-TCT6LrsI\",\"y\":\"ACno7iEN49XRUNQnyf"
    "QLWQSTaYrQdyOFenqWYEvfXza4lln7jVC8fOAKCDAt09HI9huMl7AlW8IhQhigSmb9k4ix\"},{\"kty\":\"OKP"
    "\",\"crv\":\"Ed25519\",\"kid\":\"edwards\",\"alg\":\"EdDSA\",\"x\":"
    "\"RhWkA2Co3fJezP2e9QM8biMnurw7kkm"
    "noAHvM5OMFNQ\"}]}";
inline constexpr std::string_view kRsaPem =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAnVr0jnpVcfJJQbbmEfbE\n"
    "U6jBdcDnDXlZI0S+5Q++YgCXx7/p2DMX3SL2SGs19XNk0rBxhVuzyVoqV/iM2/eL\n"
    "VI55ZjF3CDydQ12HWVSpdSdFu0oGePdJMVs/tmcxA/sT6YWcwPBHpAgWWEkNPae9\n"
    "yaTlvrEwP8zJ9c2u6C9786rTpHipvbL8cv5KjURfyw58yhGeDdHfrWa7BipzaCx2\n"
    "ZnpYIuROJYiTI/DP3fort3vPvqH73cvEBtvNno9X6arJIJzuC2KFFCLYq6w7mbnj\n"
    "mLA5J0ikTkta8eAoS/PLRqBk6+jtoHlTF2g5BEFLL6s1OKp+thJ8giDk3PWzG+N0\n"
    "JQIDAQAB\n"
    "-----END PUBLIC KEY-----\n";
inline constexpr std::string_view kRsaPkcs1Pem =
    "-----BEGIN RSA PUBLIC KEY-----\n"
    "MIIBCgKCAQEAnVr0jnpVcfJJQbbmEfbEU6jBdcDnDXlZI0S+5Q++YgCXx7/p2DMX\n"
    "3SL2SGs19XNk0rBxhVuzyVoqV/iM2/eLVI55ZjF3CDydQ12HWVSpdSdFu0oGePdJ\n"
    "MVs/tmcxA/sT6YWcwPBHpAgWWEkNPae9yaTlvrEwP8zJ9c2u6C9786rTpHipvbL8\n"
    "cv5KjURfyw58yhGeDdHfrWa7BipzaCx2ZnpYIuROJYiTI/DP3fort3vPvqH73cvE\n"
    "BtvNno9X6arJIJzuC2KFFCLYq6w7mbnjmLA5J0ikTkta8eAoS/PLRqBk6+jtoHlT\n"
    "F2g5BEFLL6s1OKp+thJ8giDk3PWzG+N0JQIDAQAB\n"
    "-----END RSA PUBLIC KEY-----\n";
inline constexpr std::string_view kRsaCertificate =
    "-----BEGIN CERTIFICATE-----\n"
    "MIICmzCCAYOgAwIBAgIBATANBgkqhkiG9w0BAQsFADARMQ8wDQYDVQQDDAZzaWdu\n"
    "ZXIwHhcNMjAwMTAxMDAwMDAwWhcNMjAwMTAyMDAwMDAwWjARMQ8wDQYDVQQDDAZz\n"
    "aWduZXIwggEiMA0GCSqGSIb3DQEBAQUAA4IBDwAwggEKAoIBAQCdWvSOelVx8klB\n"
    "tuYR9sRTqMF1wOcNeVkjRL7lD75iAJfHv+nYMxfdIvZIazX1c2TSsHGFW7PJWipX\n"
    "+Izb94tUjnlmMXcIPJ1DXYdZVKl1J0W7SgZ490kxWz+2ZzED+xPphZzA8EekCBZY\n"
    "SQ09p73JpOW+sTA/zMn1za7oL3vzqtOkeKm9svxy/kqNRF/LDnzKEZ4N0d+tZrsG\n"
    "KnNoLHZmelgi5E4liJMj8M/d+iu3e8++ofvdy8QG282ej1fpqskgnO4LYoUUItir\n"
    "rDuZueOYsDknSKROS1rx4ChL88tGoGTr6O2geVMXaDkEQUsvqzU4qn62EnyCIOTc\n"
    "9bMb43QlAgMBAAEwDQYJKoZIhvcNAQELBQADggEBAHdLrHTQ5g/Jc5LwHm0qdCRr\n"
    "5a8ajLyINDICHGUr30/TQRMcer/MkpU/ECjBfBaFEuOFVavIPhGgmx6+37NAgi9s\n"
    "J03gzRQ9bifGz/rTcc3Se4svkTn/H4c5OSpNR3t83uJX5Bh1sEhZVqAL1CcKPRj0\n"
    "l/TZnT5+Xf9fiUAPFWum7ElreAO8mT0yG9lsyp805zolhY7mE7a6W26Zn1LQhaj6\n"
    "I7x2FOMEd9IrLuQjvOCgtTOJkbsuZ9rT+Oo7K1PxPy3iZEYECGk9W8+5FHXmZk3Q\n"
    "DC4Bg1+Q8g7LoWvisBdGYH/+3NELy9cSRlK+SX/PEhISGQx8sySaduBvfwviNOQ=\n"
    "-----END CERTIFICATE-----\n";
inline constexpr std::string_view kPrivatePem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCdWvSOelVx8klB\n"
    "tuYR9sRTqMF1wOcNeVkjRL7lD75iAJfHv+nYMxfdIvZIazX1c2TSsHGFW7PJWipX\n"
    "+Izb94tUjnlmMXcIPJ1DXYdZVKl1J0W7SgZ490kxWz+2ZzED+xPphZzA8EekCBZY\n"
    "SQ09p73JpOW+sTA/zMn1za7oL3vzqtOkeKm9svxy/kqNRF/LDnzKEZ4N0d+tZrsG\n"
    "KnNoLHZmelgi5E4liJMj8M/d+iu3e8++ofvdy8QG282ej1fpqskgnO4LYoUUItir\n"
    "rDuZueOYsDknSKROS1rx4ChL88tGoGTr6O2geVMXaDkEQUsvqzU4qn62EnyCIOTc\n"
    "9bMb43QlAgMBAAECggEATqa3ZX3tNorBphia7/C1mhFYPZjhhGEatl+2wPy5Dvg3\n"
    "5W5eHqQPMge3LWR1MI3wn8T0wREgkKzCTH1ePtaBLI8YTAW+dv4BJzpZHEQOfZHX\n"
    "L3GlQZJs4cA33N7AZ7p4bflMbD3NuUYXkSJWfXJaES+cbE/Zi5I7gmLAIasWXCjG\n"
    "aMAmwKvoMfq+UgqCZVqH83z0Eh+J149thP+vaumVxOKddE6j/s1blFOg8cIe/1uh\n"
    "i4HwTnOiKweY4EkGKHgFVJdZKaFxcrtq2hyM+9a2UAmE/4tSdOB4XCmUO78jIbmz\n"
    "cbfKptHXvwSx1kr5+DdtCxugJCu35H8Vo76vrS/QkwKBgQDPSRDZPutbwQTo6k5u\n"
    "FuJ6lW4WPKQkhcf+i46yfjOqmnEiw2EzsEM0F06H5RRBaQ1WFnWq33BwXM3Oqz4R\n"
    "br+hdYXBPhNfsZ+JhjL4acgOZFiCI1VHdZTfnGTlrd6UcodXx6wBDSdv4A43MWUf\n"
    "hfHdbAEr26DV7bjzMxScvALh9wKBgQDCVfA+riwyNiNYeqP6GyKZ0wm3FOcRbX/t\n"
    "yszsHVIAwHB9Ko6Ryyy2Q2tb7MLJ6dD27iwXWNjeuSKz1mQaI0ub+2hn9TQ1BHHc\n"
    "jAPeXeU13cXy/L4henHlO+dIr+3v2YzVTNHIDBnOe+3AO4Egq2+xPO4yASgba4+j\n"
    "pdIaTXQTwwKBgQCUAbzpEhclxdXGpX7o9qgyFT6s3BHsDiY2Z9m1M42atHox80YV\n"
    "jTb/G+E0AWsMJYGjRZgxMSfs4ycE+ZrxAZ4NIIgn6jYVLxQWM19zprx1IktcaPQ8\n"
    "eQWbAOW+Zf63Cmv/TpBPk9/j7xzXZgqpjo+bpcHUWhcmiX51ELUYENsSEwKBgGLJ\n"
    "EKCsJOc5QepeHTCrzoDnGA8q3vKq+NbFujlkBiU/rW7SzTorT4Uu7EoEJlhBNOnw\n"
    "1BTiIwvEjHFiT+xBeNPHjqEZsfopUj/MJMNKc5NYMqF7/KJD/dWLB9yZIZhEvCRJ\n"
    "MnJARHYD5S1Mki0rOFGeKW7dy6d0m8WSKyUXriPFAoGAJgfWSQWSnHSGViS92mOb\n"
    "J8TtZ48dOwASxifs0rwJ/xaKgVgHFKkIgExFqMNt92kabyrSZPSX/37uTTTo6/ta\n"
    "zYIO9UPkSwAcUzgwFQV6L6mop3LaaXzifd+ZmXM6oM+/6T+qvwtaKoYpJpM38fIP\n"
    "4Pz62E99pa0IoFgfobcMEdc=\n"
    "-----END PRIVATE KEY-----\n";
inline constexpr std::string_view kWeakRsaPem =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDTV/dhXjD5mS5sCNGsR93Lle1W\n"
    "UirUAwrBrCa/AjlaIz34SgWjYp8SskwnhmRnGPDtnz8UQ8wSE/OyfkeKBd9SNBxS\n"
    "+o/ymElZNOZsdmeuLJuPxHA7z/z/o5pksgSjjNyzhbfjmq/TjPYoCLTuX5C6PlBI\n"
    "NiCQOYzyx/kQ+HwmUwIDAQAB\n"
    "-----END PUBLIC KEY-----\n";
inline constexpr std::string_view kWeakRsaJwk =
    "{\"kty\":\"RSA\",\"kid\":\"weak\",\"use\":\"sig\",\"n\":\"01f3YV4w-"
    "ZkubAjRrEfdy5XtVlIq1AMKwawmvwI5W"
    "iM9-EoFo2KfErJMJ4ZkZxjw7Z8_FEPMEhPzsn5HigXfUjQcUvqP8phJWTTmbHZnriybj8RwO8_8_6OaZLIEo"
    "4zcs4W345qv04z2KAi07l-Quj5QSDYgkDmM8sf5EPh8JlM\",\"e\":\"AQAB\"}";
inline constexpr std::string_view kP256Pem =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAECE4tdVVunSR3oWhflcG2/3RmZuBL\n"
    "cAGEVuGcCeRV+hCUgJm1L3qgjmwx2tD4hKklx05Zv2JfQnZSmEc+L48y9A==\n"
    "-----END PUBLIC KEY-----\n";
inline constexpr std::string_view kP384Pem =
    "-----BEGIN PUBLIC KEY-----\n"
    "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEDDxQ+n+2ujntC36V8ltdlnBj1EP/gXwg\n"
    "19OSGONLJ7MqUmjzVKRGtiAEM5wO62yKdXGm8WYDCxEdIlzqlEM6726hm9gqUkqX\n"
    "JGHzb+rPGGnzQ/ydMGTQQF3DLzpixYTy\n"
    "-----END PUBLIC KEY-----\n";
inline constexpr std::string_view kP521Pem =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQBEM3ThrBuzUYwzd4PHIRqtxG/oUNN\n"
    "p693VuQPqdHYbMlnD8TAPF4q9VGeGMgsB14D015kVf5sdy+OXH5MJPouuwgAKeju\n"
    "IQ3j1dFQ1CfJ9AtZBJNpitB3I4V6epZgS99fNriWWfuNULx84AoIMC3T0cj2G4yX\n"
    "sCVbwiFCGKBKZv2TiLE=\n"
    "-----END PUBLIC KEY-----\n";
inline constexpr std::string_view kOtherCurvePem =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEJO9BrQ0SriQ7fAuZ6za50LDturknuaNZ\n"
    "sQPMDS9Kg2eksZTn3u+UcrV05zmMny2thy79vSEHAUtGYgoWYNGTqw==\n"
    "-----END PUBLIC KEY-----\n";
inline constexpr std::string_view kEdwardsPem =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEARhWkA2Co3fJezP2e9QM8biMnurw7kkmnoAHvM5OMFNQ=\n"
    "-----END PUBLIC KEY-----\n";
inline constexpr std::string_view kClaims =
    "{\"iss\":\"https://"
    "id.example\",\"sub\":\"alice42\",\"aud\":[\"chat\",\"push\"],\"iat\":1700000000,\""
    "exp\":1700003600,\"user\":{\"id\":1234567,\"name\":\"Alice\"}}";

struct SignedToken {
  std::string_view algorithm;
  std::string_view token;
};
/// Of every algorithm, in the order of the enumeration; with `kid`, issued at 1700000000.
inline constexpr std::array kTokens{
    SignedToken{
        "HS256",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6InNlY3JldCJ9.eyJpc3MiOiJodHRwczovL2lkLmV"
        "4YW1wbGUiLCJzdWIiOiJhbGljZTQyIiwiYXVkIjpbImNoYXQiLCJwdXNoIl0sImlhdCI6MTcwMDAwMDAwMCw"
        "iZXhwIjoxNzAwMDAzNjAwLCJ1c2VyIjp7ImlkIjoxMjM0NTY3LCJuYW1lIjoiQWxpY2UifX0.6EE_WGZVq2x"
        "tXUz5baHHEvSbao6mYrIbnadFDRFPrlo"},
    SignedToken{
        "HS384",
        "eyJhbGciOiJIUzM4NCIsInR5cCI6IkpXVCIsImtpZCI6InNlY3JldCJ9.eyJpc3MiOiJodHRwczovL2lkLmV"
        "4YW1wbGUiLCJzdWIiOiJhbGljZTQyIiwiYXVkIjpbImNoYXQiLCJwdXNoIl0sImlhdCI6MTcwMDAwMDAwMCw"
        "iZXhwIjoxNzAwMDAzNjAwLCJ1c2VyIjp7ImlkIjoxMjM0NTY3LCJuYW1lIjoiQWxpY2UifX0.2JqwFITQDph"
        "c0rk7o1Yz3sd7ybVbyuIr9xpAiFWjkdw2ZmdSpJf_hS2qcOecUIrM"},
    SignedToken{
        "HS512",
        "eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCIsImtpZCI6InNlY3JldCJ9.eyJpc3MiOiJodHRwczovL2lkLmV"
        "4YW1wbGUiLCJzdWIiOiJhbGljZTQyIiwiYXVkIjpbImNoYXQiLCJwdXNoIl0sImlhdCI6MTcwMDAwMDAwMCw"
        "iZXhwIjoxNzAwMDAzNjAwLCJ1c2VyIjp7ImlkIjoxMjM0NTY3LCJuYW1lIjoiQWxpY2UifX0.uPAkJ7SQ6iE"
        "6qeEX0iUgyF-8KQJVjJRcxl7C9TqMhyP9lnKYubpb2LWOwGeWax2SaFwHGuynta7UZz6S8jv2GA"},
    SignedToken{
        "RS256",
        "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6InJzYSJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1"
        "wbGUiLCJzdWIiOiJhbGljZTQyIiwiYXVkIjpbImNoYXQiLCJwdXNoIl0sImlhdCI6MTcwMDAwMDAwMCwiZXh"
        "wIjoxNzAwMDAzNjAwLCJ1c2VyIjp7ImlkIjoxMjM0NTY3LCJuYW1lIjoiQWxpY2UifX0.d-yvL1AhDvVfJ7d"
        "7etAB3TyjUwiImxGygjd4fm7-4omxwxnHsgFAfYTnW-6lC_OgXGjdnKfFZAuByA5fQqImBYu9auOh3z9rTIz"
        "oksjEhSAiC9H1bey6X22Fw8Uhdjj_2_wC8HkD927cZQxwLVXS4-K1mvSkzGEaM5CSI4Kbth_wUT6pTuH11Cx"
        "gQNHBQTyf3DuCvFIHCaLRvSRAqJeO8ZlH37uLlCW2ne4pm4-g-bZcXlxDkQHRbYP55pxBeslJCarZC7CnRgo"
        "dTX3txY9QFdGtthoVi-DkWUR3BKJWMjfWV-OY8AK-_wZfzcm8pqIW5zgJfMjLr6TgBxshGD6nhA"},
    SignedToken{
        "RS384",
        "eyJhbGciOiJSUzM4NCIsInR5cCI6IkpXVCIsImtpZCI6InJzYSJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1"
        "wbGUiLCJzdWIiOiJhbGljZTQyIiwiYXVkIjpbImNoYXQiLCJwdXNoIl0sImlhdCI6MTcwMDAwMDAwMCwiZXh"
        "wIjoxNzAwMDAzNjAwLCJ1c2VyIjp7ImlkIjoxMjM0NTY3LCJuYW1lIjoiQWxpY2UifX0.KQanM6FWP2Jo0J_"
        "I33DA7VV8T4uiRlQX4Okxxo_MTmD7QQ1uoADE8FD8vMxEfZ4L1PrduQIuPy6dv7lCgySo3d11JEMeK2wc03o"
        "0bdkulzwmLsqEEoLIUjirUFh96lWGWiHUU00fbrZIJ42zEFp9IyVmoXRnD8_NeQIKT2espYXvSmMxI4NxbtY"
        "pWwRxsZchm5MK8hzu62km0E7izKWnJ4IL3A78AeT7SNU08VVSA52Fk77WXZs_uoyuluZ4ASRLEnDEFV4LkJ3"
        "V4gymYzR1jln754q0IEWWSMMvyQitcWqfjqHmtnOuBIG3SBtGiTwNiPr_QO7w_IAQBKRFxI2Cfw"},
    SignedToken{
        "RS512",
        "eyJhbGciOiJSUzUxMiIsInR5cCI6IkpXVCIsImtpZCI6InJzYSJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1"
        "wbGUiLCJzdWIiOiJhbGljZTQyIiwiYXVkIjpbImNoYXQiLCJwdXNoIl0sImlhdCI6MTcwMDAwMDAwMCwiZXh"
        "wIjoxNzAwMDAzNjAwLCJ1c2VyIjp7ImlkIjoxMjM0NTY3LCJuYW1lIjoiQWxpY2UifX0.ZlJ6YbqZnotM3h_"
        "LTQsQQamA9o0eprUMCb-09qbYhxgx4nd5Vst4-aHtAdlQ28pX3YV1P3wRaMtEb3CzgC_mEqqyhZomcIZyaJK"
        "FzfyeoD-UbGQQNkSNy1nS5WIH_kgImChgAyfDHWkWCp5R7Mp38XLVfeebtPR_xD5ID_6OwqirEHTv2uO2TNW"
        "POlgDA5cWu1DjKER9UKrEchYJHbJuxGvre1gJr7up7-vABCu2cJnHeHbKe9GLPTOr6_dNJSpGdMBOQJNMz2u"
        "pNE_Gwc7N81bAsxjmRo5KMxEyhqCMIHczYYJBAW3gClpvwQBrwcdpUDmpwy1vOmQtDo9kP5t2_A"},
    SignedToken{
        "PS256",
        "eyJhbGciOiJQUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6InJzYSJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1"
        "wbGUiLCJzdWIiOiJhbGljZTQyIiwiYXVkIjpbImNoYXQiLCJwdXNoIl0sImlhdCI6MTcwMDAwMDAwMCwiZXh"
        "wIjoxNzAwMDAzNjAwLCJ1c2VyIjp7ImlkIjoxMjM0NTY3LCJuYW1lIjoiQWxpY2UifX0.ks-2wJBiMSgSh4j"
        "Kxu9j6Fm6uGKPmQUtBV8bcHKKkHzqJL6QAEg0DmfsAcQhQlczcTbL3xGHLjD2GA6BbTZDp9cTbEEmovhmp6h"
        "KkuMHoK4qKgP-ePRRMetZw-rNXyORPr0KbWj_RoX0efEKzKsOkmUdFI7byPzXfL2bJ7SW39fDGNYHEs3UZ8Z"
        "VK7FnF_H0R7fJw1W2rUs1z19h0CYSOWVX1gzMaGBBjS48uIek0Yxoc5dgrD5ikg3CqgsdID260JOLn_hlc2B"
        "l-guEN51N0gF0KDB0B8PNw4gdqCf-ifVW9_YJi2u9RtGAhq4o7rgUQ_2daXt-cdniRuOuiO97CA"},
    SignedToken{
        "PS384",
        "eyJhbGciOiJQUzM4NCIsInR5cCI6IkpXVCIsImtpZCI6InJzYSJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1"
        "wbGUiLCJzdWIiOiJhbGljZTQyIiwiYXVkIjpbImNoYXQiLCJwdXNoIl0sImlhdCI6MTcwMDAwMDAwMCwiZXh"
        "wIjoxNzAwMDAzNjAwLCJ1c2VyIjp7ImlkIjoxMjM0NTY3LCJuYW1lIjoiQWxpY2UifX0.cQioODcdvv0p-XC"
        "6DKsplzkYCOdgHXfGAwdQOyHOS4-lh-QrcCzPmKso4GblFE9YNVI1Dn8LJ7KZ6Xo7ibmEXJs5t3uExuAH2T3"
        "lGZssohJditwfQSujwX9KpLh3Et-piBPFpNZrmWgAtpO8VFhBp-9SIp7naTsfOQG0YP8zAYxBAiLSWDafwwP"
        "OV2M9Du6ZmSYB79PzRAhUt0xvaLwqg-2a03l3HxcIX7DU9Yr0pzxe6ZKTnXG5fRqURTmqLGvVtGUUt77F-S5"
        "7WJserorzY-uR185-UYanP2ELwPrd5W-VNNaHZyozr5-1FddCL0-lf2zf7o5pM4rXzN8CgNtldw"},
    SignedToken{
        "PS512",
        "eyJhbGciOiJQUzUxMiIsInR5cCI6IkpXVCIsImtpZCI6InJzYSJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1"
        "wbGUiLCJzdWIiOiJhbGljZTQyIiwiYXVkIjpbImNoYXQiLCJwdXNoIl0sImlhdCI6MTcwMDAwMDAwMCwiZXh"
        "wIjoxNzAwMDAzNjAwLCJ1c2VyIjp7ImlkIjoxMjM0NTY3LCJuYW1lIjoiQWxpY2UifX0.LqrS_-jr4oTaU--"
        "Y-kSDk59Y7UrqoZsHkBFbcWbQ_qvfbHfjyObdjo-oy11drq5hSS7SQzlk6v6R-oAeJZQ-VjU6J3WE8L7VQZC"
        "7c3ZB1FiSSDzJKVbkkWTjePHtflzbPvfqLZigmssnKwLFY_HxLLaluFUR6pg2vyWM0LNYe2D1ZhFeb41cHIS"
        "3x5sEu7BDKi2Omr2THHbX35EJJpe-oqMExxQENZBRQuIjtu72IpU3CsDulQktiMKVNJBcKevemvVecLt0dqN"
        "JWCPZDX-XdWmx5lQCJwf1t0VGdrmXGwNawuJ5GsNcCS_6wDpVv9wDMiXfkcIx2XNyqE2oqkowiQ"},
    SignedToken{
        "ES256",
        "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6InAyNTYifQ.eyJpc3MiOiJodHRwczovL2lkLmV4Y"
        "W1wbGUiLCJzdWIiOiJhbGljZTQyIiwiYXVkIjpbImNoYXQiLCJwdXNoIl0sImlhdCI6MTcwMDAwMDAwMCwiZ"
        "XhwIjoxNzAwMDAzNjAwLCJ1c2VyIjp7ImlkIjoxMjM0NTY3LCJuYW1lIjoiQWxpY2UifX0.fcFsboDFO5eQp"
        "iKus0kJNiakt4zB-pjhKUw0ABOPYK5TIDTTYFsjZgEo8w8b6ouU7Pz-kmQkftB6gAv8gbb6uw"},
    SignedToken{
        "ES384",
        "eyJhbGciOiJFUzM4NCIsInR5cCI6IkpXVCIsImtpZCI6InAzODQifQ.eyJpc3MiOiJodHRwczovL2lkLmV4Y"
        "W1wbGUiLCJzdWIiOiJhbGljZTQyIiwiYXVkIjpbImNoYXQiLCJwdXNoIl0sImlhdCI6MTcwMDAwMDAwMCwiZ"
        "XhwIjoxNzAwMDAzNjAwLCJ1c2VyIjp7ImlkIjoxMjM0NTY3LCJuYW1lIjoiQWxpY2UifX0.XTjJui0-MGD9Q"
        "4xOgNNFDjtvi9P1eXvVKbH-H-LbQo_MPbaKQGh2pzqtBDbq_OdKZm2_7xjIRJ4MzQA1PRniYu-pVQfZvMNiG"
        "dRTPhM_zwiREZSmZam_0mExHbB7_aZq"},
    SignedToken{
        "ES512",
        "eyJhbGciOiJFUzUxMiIsInR5cCI6IkpXVCIsImtpZCI6InA1MjEifQ.eyJpc3MiOiJodHRwczovL2lkLmV4Y"
        "W1wbGUiLCJzdWIiOiJhbGljZTQyIiwiYXVkIjpbImNoYXQiLCJwdXNoIl0sImlhdCI6MTcwMDAwMDAwMCwiZ"
        "XhwIjoxNzAwMDAzNjAwLCJ1c2VyIjp7ImlkIjoxMjM0NTY3LCJuYW1lIjoiQWxpY2UifX0.Acb4gwhjSOD05"
        "cXOnAoSa-ameFPgGGshtoiPWmgCSVtQHWlcT0qIH97sHcHzFNyCe1r1kZJX5qxi2etiQXVuWIKZAC9cUFi4R"
        "arxhQSHtMPkSYWV_vRXKDZSltq9lY-w2JfAq5B9KfQJs2CrwF2obYUj8mb7wm6h4fkWP8eiS_8jJGNA"},
    SignedToken{
        "EdDSA",
        "eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCIsImtpZCI6ImVkd2FyZHMifQ.eyJpc3MiOiJodHRwczovL2lkL"
        "mV4YW1wbGUiLCJzdWIiOiJhbGljZTQyIiwiYXVkIjpbImNoYXQiLCJwdXNoIl0sImlhdCI6MTcwMDAwMDAwM"
        "CwiZXhwIjoxNzAwMDAzNjAwLCJ1c2VyIjp7ImlkIjoxMjM0NTY3LCJuYW1lIjoiQWxpY2UifX0.6AUmsZYp0"
        "cWq68w9P_ys7B_sUnyZZgxvw6cFWb5wrj_ETP0Bdk1aCCl2NbkJ-fMwyRqjY9xVtnf-W4RTn_soDQ"},
};

}  // namespace pushgate::agent
