package dev.parley.proxy.record;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What became of an interaction. Codes are stable: they are in the access log, in metrics and in the problem details of
 * Parley's own answers.
 */
@SuppressWarnings("ImmutableEnumChecker") // Nothing changes the bytes of a label.
public enum Outcome {
    FORWARDED(Fault.NONE, "The endpoint's answer was passed on."),
    TUNNELLED(Fault.NONE, "Bytes were carried both ways until the connection ended."),
    ANSWERED_LOCALLY(Fault.NONE, "The route itself gave the answer: a redirect or a fixed answer."),
    REFUSED_REQUEST(Fault.CLIENT, "The request could be read two ways, was malformed or larger than allowed."),
    NO_ROUTE(Fault.CLIENT, "No route of the listener matched the request."),
    OVER_LIMIT(Fault.CONFIGURATION, "A limit that the configuration sets was reached."),
    NO_ENDPOINT(Fault.SERVICE, "No endpoint of the service was up and had room."),
    CONNECT_FAILED(Fault.SERVICE, "No connection to an endpoint could be made."),
    UPSTREAM_RESET(Fault.SERVICE, "The endpoint closed the connection before its answer was whole."),
    UPSTREAM_TIMEOUT(Fault.SERVICE, "The endpoint did not answer, or stopped answering, for longer than allowed."),
    UPSTREAM_INVALID(Fault.SERVICE, "The endpoint's answer could be read two ways or was malformed."),
    RATE_LIMITED(Fault.CLIENT, "More came than a rate limit of the listener, the route or the service allows."),
    OVERLOADED(
            Fault.SERVICE,
            "The service, or Parley itself, was over capacity, and what is more critical than this kept its place."),
    BREAKER_OPEN(
            Fault.SERVICE, "A breaker was open: nearly all calls of the service, or of its endpoints, had failed."),
    BUDGET_SPENT(
            Fault.SERVICE, "The time that the route or the caller gave the request was up before it was answered."),
    CLIENT_GONE(Fault.CLIENT, "The client closed the connection before it had the whole answer."),
    CLIENT_TIMEOUT(Fault.CLIENT, "The client was slower than allowed in sending its request or taking its answer."),
    HANDSHAKE_FAILED(Fault.CLIENT, "The TLS handshake with the client failed; the reason says why."),
    DRAINED(Fault.PARLEY, "The interaction outlived the time that draining allows and was cut."),
    REPLAYED(Fault.NONE, "The answer that the request's idempotency key had been given was given again."),
    KEY_REFUSED(
            Fault.CLIENT,
            "The request's idempotency key was missing, no key, another request's, under way, or one whose outcome is not known."),
    STATE_UNAVAILABLE(Fault.PARLEY, "An idempotency key could not be stored, or no more of them."),
    INTERNAL_ERROR(Fault.PARLEY, "Parley failed: a defect, whose trace is in its log.");

    /** Whose doing an outcome is: who has to change something for it not to come again. */
    public enum Fault {
        /** Nothing went wrong. */
        NONE,
        /** Who sent the request. */
        CLIENT,
        /** The service that the request was for. */
        SERVICE,
        /** Who configured Parley. */
        CONFIGURATION,
        /** Parley itself. */
        PARLEY
    }

    private final Fault fault;
    private final String meaning;
    private final Label code;
    private final Label faultCode;

    Outcome(Fault fault, String meaning) {
        this.fault = fault;
        this.meaning = meaning;
        this.code = Label.of(name().toLowerCase(Locale.ROOT));
        this.faultCode = Label.of(fault.name().toLowerCase(Locale.ROOT));
    }

    /** The codes in the order of {@link #index}, for the metrics registry. */
    public static List<String> codes() {
        return Arrays.stream(values()).map(outcome -> outcome.code.text()).toList();
    }

    /** Its index in {@link #codes}. */
    @SuppressWarnings("EnumOrdinal") // Both orders are that of this file, and no index outlives the process.
    int index() {
        return ordinal();
    }

    public Fault fault() {
        return fault;
    }

    /** What it means, in one sentence. */
    public String meaning() {
        return meaning;
    }

    /** Its stable code: the name in lower case. */
    public Label code() {
        return code;
    }

    Label faultCode() {
        return faultCode;
    }
}
