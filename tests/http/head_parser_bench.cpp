// head_parser_bench.cpp - cost of reading a head. Run: build/release/bench/http_bench
//
// What a good run looks like: well under 500 ns for the browser's request, and in proportion to the
// bytes for the others. The whole proxy has about a microsecond of user time for a request.

#include <benchmark/benchmark.h>

#include "pushgate/http/head_parser.hpp"

namespace {

using namespace pushgate::http;

constexpr std::string_view kBrowserRequest =
    "GET /socket.io/?EIO=4&transport=polling&t=OxYz1a2&sid=3kq9Zr0bTnWcAAAB HTTP/1.1\r\n"
    "Host: chat.example.com\r\n"
    "Connection: keep-alive\r\n"
    "sec-ch-ua: \"Chromium\";v=\"124\", \"Not-A.Brand\";v=\"99\"\r\n"
    "sec-ch-ua-mobile: ?0\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/124.0.0.0 Safari/537.36\r\n"
    "Accept: */*\r\n"
    "Sec-Fetch-Site: same-origin\r\n"
    "Sec-Fetch-Mode: cors\r\n"
    "Referer: https://chat.example.com/rooms/general\r\n"
    "Accept-Encoding: gzip, deflate, br\r\n"
    "Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n"
    "Cookie: uid=1234567890; theme=dark; _ga=GA1.2.1234567890.1700000000\r\n"
    "\r\n";

constexpr std::string_view kSmallRequest =
    "GET /api/v1/ping HTTP/1.1\r\nHost: api.example.com\r\nCookie: uid=42\r\nAccept: */*\r\n\r\n";

constexpr std::string_view kResponse =
    "HTTP/1.1 200 OK\r\n"
    "Content-Type: text/plain; charset=UTF-8\r\n"
    "Content-Length: 128\r\n"
    "Cache-Control: no-store\r\n"
    "Access-Control-Allow-Origin: *\r\n"
    "Date: Fri, 20 Nov 2026 19:00:00 GMT\r\n"
    "Connection: keep-alive\r\n"
    "Keep-Alive: timeout=5\r\n"
    "\r\n";

void parse_requests(benchmark::State& state, std::string_view bytes) {
  const HeadLimits limits;
  RequestHead head;
  std::size_t scanned = 0;
  for ([[maybe_unused]] auto _ : state) {
    const HeadOutcome outcome = parse_request_head(bytes, limits, scanned, head);
    if (outcome.status != HeadStatus::done) state.SkipWithError("the request was refused");
    benchmark::DoNotOptimize(head.fields.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}

void BM_browser_request(benchmark::State& state) { parse_requests(state, kBrowserRequest); }
void BM_small_request(benchmark::State& state) { parse_requests(state, kSmallRequest); }

void BM_response(benchmark::State& state) {
  const HeadLimits limits;
  ResponseHead head;
  std::size_t scanned = 0;
  for ([[maybe_unused]] auto _ : state) {
    const HeadOutcome outcome = parse_response_head(kResponse, limits, Method::get, scanned, head);
    if (outcome.status != HeadStatus::done) state.SkipWithError("the response was refused");
    benchmark::DoNotOptimize(head.fields.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kResponse.size()));
}

BENCHMARK(BM_browser_request);
BENCHMARK(BM_small_request);
BENCHMARK(BM_response);

}  // namespace
