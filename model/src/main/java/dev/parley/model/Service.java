package dev.parley.model;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A named pool of endpoints, and how traffic is spread over them. */
public record Service(
        @Setting("Its endpoints, each host:port, unix:/path, or a map with address, weight and zone.")
        List<Endpoint> endpoints,

        @Setting(value = "How an endpoint is chosen.", def = "{}")
        Balance balance,

        @Setting(
                value =
                        "What its endpoints speak: http1; http2, over cleartext by prior knowledge and over TLS by ALPN; auto,"
                                + " which is what they choose by ALPN over TLS, else HTTP/1.1.",
                def = "http1",
                source = "Envoy, HAProxy proto")
        Protocol protocol,

        @Setting("How endpoints are checked. Without it an endpoint leaves the rotation when it cannot be connected to,"
                + " and returns when a TCP connect succeeds.")
        Optional<HealthCheck> health,

        @Setting(
                value =
                        "Open connections to one endpoint, over all event loops; beyond it other endpoints are tried, then 503.",
                def = "1024",
                source = "Envoy circuit breakers")
        int connectionsPerEndpoint,

        @Setting(
                value = "Idle connections kept for reuse, to one endpoint and for each event loop.",
                def = "256",
                source = "nginx keepalive, rounded up for busy loops")
        int idleConnections,

        @Setting(value = "When a request is tried again; the short form is how often.", def = "2")
        Retries retries,

        @Setting(
                "A second attempt while the first is awaited, for requests that are safe to send twice; none where it is not given.")
        Optional<Hedge> hedge,

        @Setting(value = "When endpoints are ejected for how they answer: on, off, or a map.", def = "on")
        OutlierDetection outlierDetection,

        @Setting(value = "When the service, or an endpoint of it, is not called any more.", def = "{}")
        Breaker breaker,

        @Setting(value = "How many requests may await an answer at a time: on, off, or a map.", def = "on")
        Concurrency concurrency,

        @Setting("Bounds on how often the service is called, each a rate or a map.")
        List<RateLimit> rateLimits,

        @Setting(value = "Which zones and priorities of endpoints are preferred.", def = "{}")
        Locality locality,

        @Setting(
                "How lasting connections and streams move to endpoints that came later; the short form is the share a minute. They stay where it is not given.")
        Optional<Rebalance> rebalance,

        @Setting(value = "Bounds on HTTP/2 connections to its endpoints.", def = "{}")
        Http2 http2,

        @Setting(
                value =
                        "Whether calls of gRPC-Web reach its endpoints as gRPC, and their answers go back as gRPC-Web; of endpoints with protocol: http2.",
                def = "true")
        boolean grpcWeb,

        @Setting(value = "How long its endpoints may take.", def = "{}")
        Timeouts timeouts,

        @Setting("The Host that endpoints are sent; the client's own where it is not given.")
        Optional<String> host,

        @Setting("TLS to its endpoints: on, or a map. Plain where it is not given.")
        Optional<ServiceTls> tls,

        @Setting(
                value =
                        "off, or the version of the PROXY protocol header that begins each connection to an endpoint and says"
                                + " who the client is: v1, v2, or v2_crc32c, which adds a checksum. Such a connection"
                                + " carries one request of HTTP/1.1 and is not reused.",
                def = "off",
                source = "HAProxy send-proxy, send-proxy-v2")
        ProxyHeader proxyProtocol) {

    public Service {
        Checks.range("connections_per_endpoint", connectionsPerEndpoint, 1, 1_000_000);
        Checks.range("idle_connections", idleConnections, 0, 1_000_000);
        host.ifPresent(HostPattern::requireName);
        boolean hashes = switch (balance.algorithm()) {
            case MAGLEV, RING_HASH -> true;
            case P2C_EWMA, LEAST_REQUEST, ROUND_ROBIN, RANDOM -> false;
        };
        if (rebalance.isPresent() && hashes) {
            throw new IllegalArgumentException(
                    "rebalance has what lasts begin anew at another endpoint, and balance: %s sends"
                                    .formatted(balance.algorithm().name().toLowerCase(Locale.ROOT))
                            + " the same key back to the same one. Remove one of the two.");
        }
        if (proxyProtocol != ProxyHeader.OFF && protocol != Protocol.HTTP1) {
            throw new IllegalArgumentException(
                    "proxy_protocol names one client, and a connection of HTTP/2 carries the requests of many."
                            + " Set protocol: http1, or proxy_protocol: off.");
        }
    }

    /** The version of HTTP that endpoints speak. */
    public enum Protocol {
        HTTP1,
        HTTP2,
        AUTO
    }

    /** What begins a connection to an endpoint (HAProxy's doc/proxy-protocol.txt). */
    public enum ProxyHeader {
        OFF,
        V1,
        V2,
        V2_CRC32C
    }

    /** Whether each connection to an endpoint names its client, so that it cannot serve another. */
    public boolean namesClient() {
        return proxyProtocol != ProxyHeader.OFF;
    }

    /** One address of a service. */
    public record Endpoint(
            @Setting("host:port, [ipv6]:port or unix:/path.")
            EndpointAddress address,

            @Setting(
                    value =
                            "Its share relative to the others; 0 takes it out of the rotation, and what is open drains.",
                    def = "1")
            int weight,

            @Setting(value = "The zone it is in.", def = "") String zone,

            @Setting(
                    value = "Its priority: those of the lowest number carry the traffic while they can.",
                    def = "0",
                    source = "Envoy locality priority; HAProxy backup")
            int priority) {
        public Endpoint {
            Checks.range("weight", weight, 0, 65_535);
            Checks.range("priority", priority, 0, 15);
        }

        /** The short form is the address alone. */
        @FromText
        public static Endpoint at(String text) {
            return new Endpoint(EndpointAddress.parse(text), 1, "", 0);
        }
    }

    /** How long endpoints may take. */
    public record Timeouts(
            @Setting(value = "Until a connection is made.", def = "5s", source = "Envoy connect_timeout")
            Duration connect,

            @Setting(
                    value = "From the last byte of a request until the answer's head; answered 504.",
                    def = "60s",
                    source = "nginx proxy_read_timeout")
            Duration response,

            @Setting(
                    value = "No byte of an answer's body; then both sides are cut. 0 waits for ever.",
                    def = "5m",
                    source = "Envoy stream_idle_timeout")
            Duration stall,

            @Setting(
                    value = "How long an idle connection is kept for reuse. Keep it below what the endpoints allow.",
                    def = "60s",
                    source = "nginx keepalive_timeout of upstream")
            Duration idle) {
        public Timeouts {
            Checks.positive("connect", connect);
            Checks.positive("response", response);
            Checks.notNegative("stall", stall);
            Checks.positive("idle", idle);
        }
    }
}
