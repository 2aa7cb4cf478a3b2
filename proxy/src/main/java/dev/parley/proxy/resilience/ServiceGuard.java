package dev.parley.proxy.resilience;

import dev.parley.model.Breaker;
import dev.parley.model.Concurrency;
import dev.parley.model.Criticality;
import dev.parley.model.Hedge;
import dev.parley.model.Percent;
import dev.parley.model.Rate;
import dev.parley.model.Retries;
import dev.parley.model.Service;
import java.time.Duration;
import java.util.Optional;

/**
 * Decides whether a service is called: its breaker, its bounds, its adaptive limit and what it has lately needed, together with the
 * budgets of its retries and hedges. One for a service and all event loops, kept across configurations by {@link ServiceGuards}.
 *
 * <p>A call is {@link #admit admitted} once, however often it is tried; {@link #answered} or {@link #abandoned} says what came of it, and
 * {@link #over} gives back what it still holds. Of these each takes effect once, in any order, since the {@link Permit} knows what is held.
 */
public final class ServiceGuard {
    /**
     * A call is too late when less remains than all but this many of 100 needed in the last seconds. So of the calls that are
     * refused at most one in twenty would have been answered in time.
     */
    private static final int TOO_LATE_PERCENT = 5;

    /** Of so many calls that are too late one is made nonetheless: else nobody would see that the service is faster again. */
    private static final int LATE_PROBES = 32;

    private static final Rate NO_FLOOR = new Rate(0, Duration.ofSeconds(1));
    private static final Percent NO_HEDGES = new Percent(0);

    private final String service;
    private final CircuitBreaker breaker;
    private final ConcurrencyLimit concurrency;
    private final LatencyQuantiles quantiles = new LatencyQuantiles();
    private final RetryBudget retries;
    private final RetryBudget hedges;
    private final PaddedCounter inFlight = new PaddedCounter();
    private final PaddedCounter pending = new PaddedCounter();
    private final PaddedCounter connections = new PaddedCounter();
    private final PaddedCounter late = new PaddedCounter();
    private volatile Bounds bounds;

    /** The settings of a service that it follows. */
    public record Settings(Breaker breaker, Concurrency concurrency, Retries retries, Optional<Hedge> hedge) {
        public static Settings of(Service service) {
            return new Settings(service.breaker(), service.concurrency(), service.retries(), service.hedge());
        }

        private Percent hedgeShare() {
            return hedge.map(Hedge::budget).orElse(NO_HEDGES);
        }
    }

    private record Bounds(long inFlight, long pending, long connections) {
        static Bounds of(Breaker settings) {
            long connections = settings.connections() == 0 ? Long.MAX_VALUE : settings.connections();
            return new Bounds(settings.inFlight(), settings.pending(), connections);
        }
    }

    /**
     * @param service its name, as shown to users
     * @param listener told of each transition of its breaker, on the event loop that brought it about
     */
    public ServiceGuard(String service, Settings settings, long nowNs, Transitions listener) {
        this.service = service;
        this.breaker = new CircuitBreaker(service, settings.breaker, nowNs, listener);
        this.concurrency = new ConcurrencyLimit(settings.concurrency);
        this.retries = new RetryBudget(settings.retries.budget(), settings.retries.budgetFloor());
        this.hedges = new RetryBudget(settings.hedgeShare(), NO_FLOOR);
        this.bounds = Bounds.of(settings.breaker);
    }

    public ServiceGuard(String service, Service settings, long nowNs, Transitions listener) {
        this(service, Settings.of(settings), nowNs, listener);
    }

    /** Follows other settings from now on; what was learnt stays. */
    public void tune(Settings settings, long nowNs) {
        breaker.tune(settings.breaker, nowNs);
        concurrency.tune(settings.concurrency);
        retries.tune(settings.retries.budget(), settings.retries.budgetFloor());
        hedges.tune(settings.hedgeShare(), NO_FLOOR);
        bounds = Bounds.of(settings.breaker);
    }

    /**
     * Asks whether to call.
     *
     * @param permit one that holds nothing; it holds what was taken where the answer is NONE
     * @param remainingNs what is left of the latency budget, {@link Long#MAX_VALUE} where there is none
     */
    public Refusal admit(Permit permit, Criticality criticality, long remainingNs, long nowNs) {
        if (permit.held()) {
            throw new IllegalStateException("A permit of " + service + " is used for two calls at a time.");
        }
        long ticket = breaker.tryCall(nowNs);
        if (ticket == CircuitBreaker.REFUSED) {
            return Refusal.BREAKER_OPEN;
        }
        Refusal refusal = takePlaces(criticality, remainingNs, nowNs);
        if (refusal != Refusal.NONE) {
            breaker.abandoned(ticket);
            return refusal;
        }
        permit.holder = this;
        permit.ticket = ticket;
        permit.awaiting = true;
        return Refusal.NONE;
    }

    private Refusal takePlaces(Criticality criticality, long remainingNs, long nowNs) {
        if (remainingNs != Long.MAX_VALUE && tooLate(remainingNs, nowNs)) {
            return Refusal.TOO_LATE;
        }
        if (!inFlight.tryAdd(bounds.inFlight)) {
            return Refusal.IN_FLIGHT;
        }
        if (!concurrency.tryEnter(criticality)) {
            inFlight.getAndAdd(-1);
            return Refusal.OVERLOADED;
        }
        return Refusal.NONE;
    }

    private boolean tooLate(long remainingNs, long nowNs) {
        if (remainingNs <= 0) {
            return true;
        }
        return remainingNs < quantiles.recentNs(TOO_LATE_PERCENT, nowNs) && late.getAndAdd(1) % LATE_PROBES != 0;
    }

    /**
     * The head of the answer came, or the last attempt failed.
     *
     * @param failed whether the service is to blame
     * @param latencyNs since the call was admitted
     */
    public void answered(Permit permit, boolean failed, long latencyNs, long nowNs) {
        answered(permit, failed, failed, latencyNs, nowNs);
    }

    /**
     * The same where more is known of a failure.
     *
     * @param dropped whether it speaks of too much load: a timeout, a reset, a refusal; an error of the application does not
     */
    public void answered(Permit permit, boolean failed, boolean dropped, long latencyNs, long nowNs) {
        if (permit.holder != this || !permit.awaiting) {
            return;
        }
        permit.awaiting = false;
        breaker.ended(permit.ticket, failed, latencyNs, nowNs);
        concurrency.leave(latencyNs, dropped, nowNs);
        if (!failed) {
            quantiles.record(latencyNs, nowNs);
        }
    }

    /** The call was given up for a reason that says nothing of the service: its client went away, or another attempt won. */
    public void abandoned(Permit permit) {
        if (permit.holder != this || !permit.awaiting) {
            return;
        }
        permit.awaiting = false;
        breaker.abandoned(permit.ticket);
        concurrency.abandon();
    }

    /** All is over: what is still held is given back, and the permit can be used again. */
    public void over(Permit permit) {
        if (permit.holder != this) {
            return;
        }
        abandoned(permit);
        permit.holder = null;
        inFlight.getAndAdd(-1);
    }

    /** Asks to wait for a connection, {@code breaker.pending}; {@link #waited} follows once where it may. */
    public boolean tryWait() {
        return pending.tryAdd(bounds.pending);
    }

    public void waited() {
        pending.getAndAdd(-1);
    }

    /** Asks to open a connection, {@code breaker.connections}; {@link #closed} follows once where it may. */
    public boolean tryConnect() {
        return connections.tryAdd(bounds.connections);
    }

    public void closed() {
        connections.getAndAdd(-1);
    }

    /** The budget of its retries, which is told of each request too. */
    public RetryBudget retries() {
        return retries;
    }

    /** The budget of its hedges, which is told of each request too where it hedges. */
    public RetryBudget hedges() {
        return hedges;
    }

    /** How long the first attempt is awaited alone, in nanoseconds; -1 for ever, while too few calls were seen for a quantile. */
    public long hedgeDelayNs(Hedge hedge, long nowNs) {
        int quantile = hedge.after().quantile();
        return quantile > 0
                ? quantiles.quantileNs(quantile, nowNs)
                : hedge.after().time().toNanos();
    }

    /** When whoever was refused may come back, in nanoseconds: when the breaker lets calls through, else 0, which is soon. */
    public long retryAfterNs(long nowNs) {
        return breaker.retryAfterNs(nowNs);
    }

    public String service() {
        return service;
    }

    public CircuitBreaker breaker() {
        return breaker;
    }

    public ConcurrencyLimit concurrency() {
        return concurrency;
    }

    public LatencyQuantiles quantiles() {
        return quantiles;
    }

    /** Requests under way. */
    public long inFlight() {
        return inFlight.get();
    }

    /** Requests that wait for a connection. */
    public long pending() {
        return pending.get();
    }

    /** Connections to all endpoints. */
    public long connections() {
        return connections.get();
    }
}
