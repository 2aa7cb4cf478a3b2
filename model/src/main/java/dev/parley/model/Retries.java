package dev.parley.model;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * When a request is tried again. Only what is safe is: a request of which nothing was sent, or one whose method is idempotent
 * (RFC 9110 section 9.2.2) or that has an idempotency key which its service honours; and never once a byte of an answer was passed
 * on. A request with a key that the service does not honour is tried again only if nothing of it was executed, whatever is said here.
 */
public record Retries(
        @Setting(
                value = "How often a request is tried again, each time at another endpoint where there is one.",
                def = "2",
                source = "HAProxy retries 3, Envoy 1")
        int attempts,

        @Setting(
                value =
                        "Statuses of endpoints after which a safe request is tried again; none by default, since a service that answers is to be believed.",
                source = "Envoy retriable_status_codes")
        List<Integer> statuses,

        @Setting(
                value =
                        "Statuses of gRPC, by number, after which a call is tried again that has had nothing but its status.",
                source = "Envoy x-envoy-retry-grpc-on")
        List<Integer> grpcStatuses,

        @Setting(
                value =
                        "Whether requests whose method is not idempotent are tried again as well when they may have been executed. Only where the service can take a request twice.",
                def = "false",
                source = "nginx non_idempotent")
        boolean anyMethod,

        @Setting(
                value =
                        "The backoff before the second attempt after an answer or a reset is a random time below this, and doubles"
                                + " from there (full jitter). A request of which nothing was sent is tried again at once.",
                def = "25ms",
                source = "Envoy base_interval")
        Duration backoff,

        @Setting(value = "The longest backoff.", def = "250ms", source = "Envoy max_interval")
        Duration longestBackoff,

        @Setting(
                value = "A Retry-After of an endpoint that is waited for; one that asks for more ends the attempts.",
                def = "3s",
                source = "Envoy reset max_interval 300s")
        Duration longestRetryAfter,

        @Setting(
                value =
                        "How long one attempt may take until its answer begins; then it is given up and another is made, if that is safe.",
                source = "Envoy per_try_timeout")
        Optional<Duration> attemptTimeout,

        @Setting(
                value = "Retries per request, over all event loops and the last 10 seconds.",
                def = "20%",
                source = "Envoy, Linkerd, Gateway API")
        Percent budget,

        @Setting(
                value = "Retries that are allowed beyond that share, so that little traffic can be retried at all.",
                def = "10/s",
                source = "Linkerd, Gateway API")
        Rate budgetFloor,

        @Setting(
                value =
                        "The largest body that is held to be sent again; a request with a larger one is not tried again.",
                def = "64KiB",
                source = "Linkerd")
        ByteSize bodyBytes) {

    public Retries {
        Checks.range("attempts", attempts, 0, 10);
        statuses.forEach(status -> Checks.range("statuses", status, 400, 599));
        grpcStatuses.forEach(status -> Checks.range("grpc_statuses", status, 1, 16));
        Checks.notNegative("backoff", backoff);
        Checks.notNegative("longest_backoff", longestBackoff);
        Checks.notNegative("longest_retry_after", longestRetryAfter);
        attemptTimeout.ifPresent(time -> Checks.positive("attempt_timeout", time));
        Checks.atMost("body_bytes", bodyBytes, ByteSize.mib(1));
    }

    /** The short form is the number of attempts. */
    @FromText
    public static Retries times(String text) {
        if (!text.matches("\\d{1,3}")) {
            throw new IllegalArgumentException(
                    "'%s' is not a number of retries. Write one from 0 to 10, or a map of settings.".formatted(text));
        }
        return new Retries(
                Integer.parseInt(text),
                List.of(),
                List.of(),
                false,
                Duration.ofMillis(25),
                Duration.ofMillis(250),
                Duration.ofSeconds(3),
                Optional.empty(),
                new Percent(20),
                Rate.parse("10/s"),
                ByteSize.kib(64));
    }
}
