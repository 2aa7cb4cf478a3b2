package dev.parley.model;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/** How endpoints are asked whether they are well. */
public record HealthCheck(
        @Setting("The path of an HTTP GET. Without it, and without grpc, the check is a TCP connect.")
        Optional<String> http,

        @Setting(
                "The service that a Check of grpc.health.v1.Health asks about, over HTTP/2; '' asks about the server as a whole."
                        + " SERVING passes.")
        Optional<String> grpc,

        @Setting("The Host of an HTTP check, or the authority of a gRPC one; the endpoint's address by default.")
        Optional<String> host,

        @Setting("A UDP check: a datagram, and what is to come back.")
        Optional<Datagram> udp,

        @Setting("Another port to ask than the endpoint's own: a UDP service's HTTP port, say.")
        OptionalInt port,

        @Setting(value = "The statuses of HTTP that pass: one, or a range.", def = "200-399", source = "HAProxy")
        StatusRange status,

        @Setting(
                value = "From one check to the next, ± 10 %, so that checks spread.",
                def = "2s",
                source = "HAProxy inter")
        Duration interval,

        @Setting(value = "How long a check may take.", def = "2s", source = "HAProxy, which takes inter")
        Duration timeout,

        @Setting(
                value = "Checks in a row that must pass before a failed endpoint returns.",
                def = "2",
                source = "HAProxy rise")
        int rise,

        @Setting(
                value = "Checks in a row that must fail before an endpoint leaves.",
                def = "3",
                source = "HAProxy fall")
        int fall) {

    /** Far above what anyone calls a service; the question of a check has to fit one small frame. */
    private static final int MOST_SERVICE_BYTES = 1024;

    public HealthCheck {
        grpc.ifPresent(service -> {
            if (service.length() > MOST_SERVICE_BYTES || service.chars().anyMatch(c -> c <= ' ' || c > '~')) {
                throw new IllegalArgumentException(
                        "grpc is '%s'; it must be the name of a service, of at most %d characters without spaces."
                                .formatted(service, MOST_SERVICE_BYTES));
            }
        });
        http.ifPresent(path -> {
            if (!path.startsWith("/") || path.chars().anyMatch(c -> c <= ' ' || c > '~')) {
                throw new IllegalArgumentException(
                        "http is '%s'; it must be a path that starts with / and has no spaces.".formatted(path));
            }
        });
        host.ifPresent(HostPattern::requireName);
        port.ifPresent(number -> Checks.range("port", number, 1, 65535));
        if (http.isPresent() && udp.isPresent()) {
            throw new IllegalArgumentException("A check asks over http or over udp, not both. Remove one of the two.");
        }
        if (grpc.isPresent() && (http.isPresent() || udp.isPresent())) {
            throw new IllegalArgumentException("A check asks over grpc or over %s, not both. Remove one of the two."
                    .formatted(http.isPresent() ? "http" : "udp"));
        }
        Checks.positive("interval", interval);
        Checks.positive("timeout", timeout);
        Checks.range("rise", rise, 1, 100);
        Checks.range("fall", fall, 1, 100);
    }

    /**
     * The short form: {@code tcp}; {@code udp}, which is a datagram that must not be refused; {@code grpc}, which asks about the
     * server as a whole; or the path of an HTTP check.
     */
    @FromText
    public static HealthCheck of(String text) {
        boolean udp = text.equals("udp");
        boolean grpc = text.equals("grpc");
        return new HealthCheck(
                udp || grpc || text.equals("tcp") ? Optional.empty() : Optional.of(text),
                grpc ? Optional.of("") : Optional.empty(),
                Optional.empty(),
                udp ? Optional.of(Datagram.ZERO) : Optional.empty(),
                OptionalInt.empty(),
                new StatusRange(200, 399),
                Duration.ofSeconds(2),
                Duration.ofSeconds(2),
                2,
                3);
    }

    /**
     * A check over UDP. Each character up to U+00FF stands for one byte, so that YAML's {@code "\x00"} to {@code "\xff"}
     * say any payload.
     */
    public record Datagram(
            @Setting("What is sent; one zero byte where it is not given.")
            Optional<String> send,

            @Setting(
                    "What the answer must begin with; empty takes any answer. Without it silence passes too, and only the"
                            + " refusal of the datagram by the endpoint's host (ICMP port unreachable) fails.")
            Optional<String> expect) {
        /** The largest payload that is taken: what any path carries in one piece (RFC 8200 section 5, less headers). */
        private static final int MOST_BYTES = 1232;

        public static final Datagram ZERO = new Datagram(Optional.empty(), Optional.empty());

        public Datagram {
            send.ifPresent(text -> {
                requireBytes("send", text);
                if (text.isEmpty()) {
                    throw new IllegalArgumentException("send is empty. Send something, or leave it out.");
                }
            });
            expect.ifPresent(text -> requireBytes("expect", text));
        }

        private static void requireBytes(String name, String text) {
            if (text.length() > MOST_BYTES || text.chars().anyMatch(c -> c > 0xff)) {
                throw new IllegalArgumentException(
                        "%s must be at most %d characters of U+0000 to U+00FF, each of which is one byte. Write others as their bytes: \"\\xe2\"."
                                .formatted(name, MOST_BYTES));
            }
        }
    }

    /** HTTP statuses from one to another, both included. */
    public record StatusRange(int least, int most) {
        public StatusRange {
            Checks.range("status", least, 100, 599);
            Checks.range("status", most, least, 599);
        }

        /** Reads {@code 200} or {@code 200-399}. */
        @FromText
        public static StatusRange parse(String text) {
            if (!text.matches("\\d{3}(-\\d{3})?")) {
                throw new IllegalArgumentException("'%s' is not a status or a range: 200, 200-399.".formatted(text));
            }
            return new StatusRange(
                    Integer.parseInt(text.substring(0, 3)), Integer.parseInt(text.substring(text.length() - 3)));
        }

        public boolean contains(int status) {
            return status >= least && status <= most;
        }
    }
}
