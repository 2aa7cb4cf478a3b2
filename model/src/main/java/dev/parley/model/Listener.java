package dev.parley.model;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** An address that accepts traffic. */
public record Listener(
        @Setting(value = "The IP address to listen on; 0.0.0.0 or :: for all.", def = "127.0.0.1")
        String address,

        @Setting("The TCP or UDP port; 0 takes a free one.") OptionalInt port,

        @Setting("The path of a Unix socket to listen on, instead of address and port.")
        Optional<String> unix,

        @Setting(
                value = "What is spoken here: http, tcp, auto, which looks at the first bytes and takes anything that"
                        + " does not begin like HTTP or TLS, and whoever is silent for a second, for TCP, or udp.",
                def = "http")
        Protocol protocol,

        @Setting("Only clients from these ranges are let in, where any are given.")
        List<AddressRange> allow,

        @Setting("Clients from these ranges are turned away, even where allow has them.")
        List<AddressRange> deny,

        @Setting(
                value = "off, or required: each connection begins with a PROXY protocol header, version 1 or 2, which"
                        + " says who the client is. Limit who may connect with allow, which is matched against the"
                        + " sender of the header.",
                def = "off",
                source = "HAProxy accept-proxy")
        ProxyProtocol proxyProtocol,

        @Setting(
                "TLS: certificates, what is asked of clients, and what is handed on undecrypted. Plain where it is not given.")
        Optional<ListenerTls> tls,

        @Setting("Clients whose X-Forwarded-*, Forwarded and X-Request-Id headers are believed and added to; those of"
                + " all others are replaced.")
        List<AddressRange> trustForwarded,

        @Setting(value = "Bounds on HTTP/2 connections.", def = "{}")
        Http2 http2,

        @Setting(value = "Bounds on what one client may use.", def = "{}")
        Limits limits,

        @Setting(value = "How long clients may take.", def = "{}")
        Timeouts timeouts,

        @Setting(
                "Bounds on how often it is used, by requests, or by connections where it takes no requests; each a rate or a map.")
        List<RateLimit> rateLimits) {

    public Listener {
        if (port.isPresent() == unix.isPresent()) {
            throw new IllegalArgumentException("A listener has either a port or a unix socket. Give one of the two.");
        }
        port.ifPresent(number -> Checks.range("port", number, 0, 65535));
        if (protocol == Protocol.UDP && unix.isPresent()) {
            throw new IllegalArgumentException("protocol is udp, which has no Unix sockets here. Give a port instead.");
        }
        if (protocol == Protocol.UDP && tls.isPresent()) {
            throw new IllegalArgumentException(
                    "tls is given, and protocol is udp. TLS is spoken on connections: remove it.");
        }
        if (protocol == Protocol.UDP && proxyProtocol != ProxyProtocol.OFF) {
            throw new IllegalArgumentException(
                    "proxy_protocol is required, and protocol is udp. Only connections begin with its header: remove it.");
        }
    }

    /** What a listener speaks. */
    public enum Protocol {
        HTTP,
        TCP,
        AUTO,
        UDP
    }

    /** Whether connections begin with a PROXY protocol header. */
    public enum ProxyProtocol {
        OFF,
        REQUIRED
    }

    /** Bounds on what the clients of a listener may use. */
    public record Limits(
            @Setting(
                    value =
                            "Open connections; further ones are closed at once. On udp, sessions: the datagrams of further"
                                    + " clients are dropped, and those who have a session keep it.",
                    def = "10000",
                    source = "nginx, HAProxy maxconn")
            int connections,

            @Setting(
                    value = "A request's target; longer is answered 414.",
                    def = "8KiB",
                    source = "nginx large_client_header_buffers")
            ByteSize targetBytes,

            @Setting(
                    value = "A request's whole head; larger is answered 431.",
                    def = "32KiB",
                    source = "nginx large_client_header_buffers")
            ByteSize headBytes,

            @Setting(
                    value = "Header fields in a request; more is answered 431.",
                    def = "100",
                    source = "Envoy max_headers_count")
            int headFields,

            @Setting(
                    "A request's body; larger is answered 413. Unbounded where it is not given: bodies are streamed, never held.")
            Optional<ByteSize> bodyBytes) {
        public Limits {
            Checks.range("connections", connections, 1, 10_000_000);
            Checks.atLeast("target_bytes", targetBytes, new ByteSize(64));
            Checks.atLeast("head_bytes", headBytes, new ByteSize(256));
            Checks.atMost("head_bytes", headBytes, ByteSize.kib(1024));
            Checks.atMost("target_bytes", targetBytes, headBytes);
            Checks.range("head_fields", headFields, 1, 1000);
        }
    }

    /** How long clients may take. */
    public record Timeouts(
            @Setting(
                    value = "From the first byte of a request until its head is whole; answered 408.",
                    def = "10s",
                    source = "HAProxy's advice for http-request")
            Duration head,

            @Setting(
                    value = "Between requests on a kept-alive connection.",
                    def = "75s",
                    source = "nginx keepalive_timeout")
            Duration idle,

            @Setting(
                    value = "No byte of a body that is due, or no byte taken of an answer; then the connection is cut.",
                    def = "60s",
                    source = "nginx client_body_timeout, send_timeout")
            Duration stall,

            @Setting(
                    value =
                            "Bytes per second that a client must at least send of a body, or take of an answer, on average, when that is what is waited for; slower is cut after 10s. 0 switches it off.",
                    def = "240",
                    source = "Kestrel MinRequestBodyDataRate")
            int leastRate,

            @Setting(
                    value =
                            "No byte either way on a TCP connection, or on one that was upgraded; then it is cut. 0 never cuts.",
                    def = "1h",
                    source = "Envoy tcp_proxy idle_timeout, HAProxy's advice for timeout tunnel")
            Duration tunnel,

            @Setting(
                    value = "No datagram either way in a UDP session; then it is over.",
                    def = "1m",
                    source = "Envoy udp_proxy idle_timeout")
            Duration session) {
        public Timeouts {
            Checks.positive("head", head);
            Checks.positive("idle", idle);
            Checks.positive("stall", stall);
            Checks.range("least_rate", leastRate, 0, Integer.MAX_VALUE);
            Checks.notNegative("tunnel", tunnel);
            Checks.positive("session", session);
        }
    }
}
