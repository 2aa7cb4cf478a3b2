package dev.parley.model;

/** How much of HTTP/2 one connection may use (RFC 9113). The same for connections of clients and to endpoints. */
public record Http2(
        @Setting(
                value = "Streams that are open at a time on one connection.",
                def = "128",
                source = "nginx http2_max_concurrent_streams")
        int streams,

        @Setting(
                value = "What one stream may send before it is read on: what a stalled stream may hold.",
                def = "64KiB",
                source = "RFC 9113 section 6.9.2, HAProxy")
        ByteSize streamWindow,

        @Setting(
                value = "What all streams of one connection may send together before they are read on.",
                def = "1MiB",
                source = "h2o; Envoy has 24 MiB")
        ByteSize connectionWindow) {
    public Http2 {
        Checks.range("streams", streams, 1, 100_000);
        Checks.atLeast("stream_window", streamWindow, new ByteSize(1024));
        Checks.atMost("stream_window", streamWindow, ByteSize.kib(16 * 1024));
        Checks.atLeast("connection_window", connectionWindow, ByteSize.kib(64));
        Checks.atMost("connection_window", connectionWindow, ByteSize.kib(64 * 1024));
    }
}
