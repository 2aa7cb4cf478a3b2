package dev.parley.model;

/**
 * How many requests of a service may await an answer at a time, found from its latency (Netflix concurrency-limits, Gradient2):
 * while requests take longer than they do on average, fewer are let in. Nothing is ever held back to measure. Beyond the limit
 * requests are answered 503 at once, the least critical ones first.
 */
public record Concurrency(
        @Setting(value = "Whether there is a limit that adapts.", def = "true")
        boolean enabled,

        @Setting(
                value = "What the limit begins with.",
                def = "1000",
                source = "Envoy max_concurrency_limit; Netflix 20, which refuses at first")
        int initial,

        @Setting(value = "What it never falls below.", def = "100", source = "Netflix 20")
        int least,

        @Setting(value = "What it never rises above.", def = "100000", source = "Linkerd's in flight")
        int most,

        @Setting(
                value = "How many times the long-term latency the present one may be before the limit falls.",
                def = "2",
                source = "Netflix rttTolerance 1.5")
        Factor tolerance) {

    public Concurrency {
        Checks.range("least", least, 1, 10_000_000);
        Checks.range("most", most, least, 10_000_000);
        Checks.range("initial", initial, least, most);
        if (tolerance.value() < 1) {
            throw new IllegalArgumentException("tolerance is %s; it is at least 1.".formatted(tolerance));
        }
    }

    /** The short form is on or off, with all defaults. */
    @FromText
    public static Concurrency of(String text) {
        return new Concurrency(Switch.parse(text), 1000, 100, 100_000, new Factor(2));
    }
}
