package dev.parley.proxy.resilience;

/** Why a service is not called, with a code that does not change. */
public enum Refusal {
    /** It is called. */
    NONE("none"),
    /** Its breaker is open: nearly all calls failed or were slow. */
    BREAKER_OPEN("breaker_open"),
    /** {@code breaker.in_flight} requests are under way. */
    IN_FLIGHT("in_flight"),
    /** As many requests await an answer as it can take, or as those of this criticality may be. */
    OVERLOADED("overloaded"),
    /** What remains of the latency budget is below what the service has lately needed. */
    TOO_LATE("too_late");

    private final String code;

    Refusal(String code) {
        this.code = code;
    }

    public String code() {
        return code;
    }
}
