package dev.parley.proxy.upstream;

import dev.parley.model.Balance;
import dev.parley.model.EndpointAddress;
import dev.parley.proxy.resilience.CircuitBreaker;
import dev.parley.proxy.resilience.ServiceGuard;
import dev.parley.proxy.tls.ClientTls;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.SocketAddress;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The live state of one endpoint of one service: what is in flight, how slow it is, whether it is available.
 *
 * <p>One object for all event loops, so that each picks with what all of them know, and kept by
 * {@link EndpointRegistry} across configuration changes, so that a change forgets nothing. Every field is a volatile or
 * an atomic; nothing here blocks or allocates but the changes of availability, which are rare.
 */
public final class Endpoint {
    private static final VarHandle IN_FLIGHT;

    static {
        try {
            IN_FLIGHT = MethodHandles.lookup().findVarHandle(Endpoint.class, "inFlight", int.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    private final int id;
    private final String service;
    private final EndpointAddress address;
    private final LongAdder serviceInFlight;
    private final Situation situation;
    private final Conduct conduct;
    private final ConnectionCount connections = new ConnectionCount();
    private final long joinedNs;
    private final AtomicInteger lasting = new AtomicInteger();

    private volatile SocketAddress resolved;
    private volatile byte[] ownPreface = {};
    private volatile boolean retired;
    private volatile boolean letIn;
    private volatile @Nullable ClientTls tls;
    private volatile @Nullable CircuitBreaker breaker;
    private volatile int inFlight;

    Endpoint(int id, String service, EndpointAddress address, Balance balance, LongAdder serviceInFlight, long nowNs) {
        this.id = id;
        this.service = service;
        this.address = address;
        this.serviceInFlight = serviceInFlight;
        this.joinedNs = nowNs;
        this.resolved = Resolver.literal(address);
        this.situation = new Situation(nowNs);
        this.conduct = new Conduct(situation, balance, nowNs);
    }

    /** Why an endpoint may be picked, or may not. */
    public enum Cause {
        /** Nothing speaks against it. */
        UP(true),
        /** It could not be connected to: whatever is sent there is lost. */
        UNREACHABLE(false),
        /** It was reached, and its health check fails. */
        UNHEALTHY(false),
        /** It answered worse than others, and is left alone for a time. */
        EJECTED(false),
        /** Its ejection is over: it gets one request at a time until enough of them went well. */
        PROBING(true);

        private final boolean available;

        Cause(boolean available) {
            this.available = available;
        }
    }

    /**
     * Whether an endpoint may be picked.
     *
     * @param reason why it is down or being tried, as shown to users; empty while it is up
     * @param sinceNs when this began, on the clock of {@code System.nanoTime}
     */
    public record Standing(Cause cause, String reason, long sinceNs) {
        /** Whether it takes traffic; while {@link Cause#PROBING} one request at a time. */
        public boolean available() {
            return cause.available;
        }

        /** Whether it is down by a judgement that may be wrong, and not for being unreachable: in panic it is called again. */
        public boolean doubtful() {
            return cause == Cause.UNHEALTHY || cause == Cause.EJECTED;
        }
    }

    /** What went wrong with an exchange, as far as the endpoint is to blame. */
    public enum Failure {
        /** The connection was refused or reset, or its answer broke the protocol. */
        TRANSPORT,
        /** No answer in time. */
        TIMEOUT,
        /** The endpoint answered with a status of 500 or above, or one of gRPC that blames it. */
        ANSWER
    }

    /** Unique among all endpoints of this process, from 0, never used again. */
    public int id() {
        return id;
    }

    public String service() {
        return service;
    }

    public EndpointAddress address() {
        return address;
    }

    /** Where to connect: a UnixDomainSocketAddress, or an InetSocketAddress that is unresolved until DNS answered. */
    public SocketAddress resolved() {
        return resolved;
    }

    /** What DNS says now. Open connections stay; new ones go there. */
    public void resolved(SocketAddress current) {
        resolved = current;
    }

    /** What begins a connection that Parley makes for itself, as a health check does; not to be changed. */
    public byte[] ownPreface() {
        return ownPreface;
    }

    /** The service sends a PROXY header from now on, or another, or none. */
    public void ownPreface(byte[] current) {
        ownPreface = current;
    }

    /** How to speak TLS to it; null where it is spoken to in plain. */
    public @Nullable ClientTls tls() {
        return tls;
    }

    /** New connections speak TLS so, or in plain where this is null. Answers whether that is a change. */
    public boolean tls(@Nullable ClientTls current) {
        boolean changed = tls != current;
        tls = current;
        return changed;
    }

    /** Whether a new exchange may go here: nothing speaks against it that counts now, and it is still configured. */
    public boolean available() {
        return (situation.available() || (letIn && situation.shown().doubtful())) && !retired;
    }

    /**
     * Whether the next exchange may go here: it is available, and no request tries it already. Two loops that ask in one instant
     * may both be let in.
     */
    public boolean admits() {
        return available() && !(situation.tried() && conduct.probe().underWay());
    }

    /** In panic, judgements that may be wrong do not count any more; or they do again. */
    public void letIn(boolean panic) {
        letIn = panic;
    }

    /** Whether it has been down before, so that it is no newcomer. */
    public boolean returned() {
        return situation.shown().sinceNs() != joinedNs;
    }

    public Standing standing() {
        return situation.shown();
    }

    /** What health says of it alone: {@link Cause#UP}, {@link Cause#UNREACHABLE} or {@link Cause#UNHEALTHY}. */
    public Standing health() {
        return situation.health();
    }

    /** What its answers say of it alone: {@link Cause#UP}, {@link Cause#EJECTED} or {@link Cause#PROBING}. */
    public Standing ejection() {
        return situation.ejection();
    }

    /** The configuration no longer has it. What is in flight ends; nothing new begins and idle connections close. */
    public boolean retired() {
        return retired;
    }

    void retire() {
        retired = true;
    }

    /**
     * Health takes it out of the rotation at once, for all event loops.
     *
     * @param cause {@link Cause#UNREACHABLE} or {@link Cause#UNHEALTHY}
     * @return false when health had taken it down already; the first reason stays, except that one that fails its check may
     *     then turn out to be unreachable
     */
    public boolean takeDown(Cause cause, String reason, long nowNs) {
        return situation.takeDown(new Standing(cause, reason, nowNs));
    }

    /**
     * Health returns it to the rotation, where it is not ejected. Its latency is forgotten: it speaks of the outage, and
     * would keep the endpoint without traffic for minutes.
     */
    public void bringUp(long nowNs) {
        if (situation.bringUp(nowNs)) {
            conduct.forget();
        }
    }

    /**
     * Its answers take it out of the rotation, let it be tried, or return it: the word of outlier detection, which health does
     * not overrule. Whenever it comes back from an ejection its latency is forgotten.
     *
     * @param cause {@link Cause#EJECTED}, {@link Cause#PROBING} or {@link Cause#UP}
     */
    public void eject(Cause cause, String reason, long nowNs) {
        if (cause != Cause.EJECTED && ejection().cause == Cause.EJECTED) {
            conduct.forget();
        }
        situation.eject(new Standing(cause, reason, nowNs));
    }

    /**
     * An exchange is sent here. Each call is followed by exactly one {@link #end}. While the endpoint is
     * {@link Cause#PROBING} this is the request that tries it.
     */
    public void begin() {
        IN_FLIGHT.getAndAdd(this, 1);
        serviceInFlight.increment();
        if (situation.tried()) {
            conduct.probe().begin();
        }
    }

    /** An exchange that began is over, whatever came of it. */
    public void end() {
        int before = (int) IN_FLIGHT.getAndAdd(this, -1);
        serviceInFlight.decrement();
        if (before == 1) {
            // Nothing is under way here, so neither is a probe: its client has given it up.
            conduct.probe().over();
        }
    }

    public int inFlight() {
        return inFlight;
    }

    /** In flight over all endpoints of the service; its cost grows with the CPUs, not with the endpoints. */
    public long serviceInFlight() {
        return serviceInFlight.sum();
    }

    /**
     * Counts one more open connection, unless {@code limit} are open or the service has all that it may have. Each true is followed by
     * one {@link #closed}.
     */
    public boolean tryOpen(int limit) {
        return connections.tryOpen(limit);
    }

    public void closed() {
        connections.closed();
    }

    /** What its service as a whole may have and do; given once, before the endpoint is used. */
    public void guard(ServiceGuard ofService) {
        connections.guard(ofService);
    }

    /** Its own breaker; null where its service has none for each endpoint. */
    public @Nullable CircuitBreaker breaker() {
        return breaker;
    }

    /** It has this breaker from now on, or none. */
    public void breaker(@Nullable CircuitBreaker current) {
        breaker = current;
    }

    public int connections() {
        return connections.open();
    }

    /** How many connections, streams and sessions it has that last, over all event loops; its pools count them. */
    public AtomicInteger lasting() {
        return lasting;
    }

    /** An answer's head came after {@code latencyNs}, and it says that all is well. */
    public void observe(long latencyNs, long nowNs) {
        conduct.answeredWell(latencyNs, nowNs);
    }

    /** An answer's head came after {@code latencyNs}; whether all is well is said later, as by the trailers of gRPC. */
    public void observeLatency(long latencyNs, long nowNs) {
        conduct.answered(latencyNs, nowNs);
    }

    /**
     * The client of an exchange went away after it had waited {@code waitedNs} for an answer. It would have taken at least as long,
     * and where that is longer than what is believed it counts as an answer that late (linkerd2-proxy's peak EWMA takes dropped
     * requests so too): else an endpoint that hangs is never noticed where clients are less patient than the service's timeouts. A
     * client that left sooner says nothing.
     */
    public void gaveUp(long waitedNs, long nowNs) {
        if (conduct.isAbove(waitedNs, nowNs)) {
            observeLatency(waitedNs, nowNs);
        }
    }

    /**
     * What it was asked for was done.
     *
     * @param begunNs when it was asked: what began before it was ejected says nothing about its return
     */
    public void succeeded(long nowNs, long begunNs) {
        conduct.succeeded(nowNs, begunNs);
    }

    /** What it was asked for just now was done. */
    public void succeeded(long nowNs) {
        conduct.succeeded(nowNs, nowNs);
    }

    /**
     * An exchange failed, and this endpoint is to blame.
     *
     * @param begunNs when it began: what began before it was ejected says nothing about its return
     */
    public void observeFailure(long nowNs, Failure failure, long begunNs) {
        conduct.failed(nowNs, failure, begunNs);
    }

    /** An exchange that began just now failed, and this endpoint is to blame. */
    public void observeFailure(long nowNs, Failure failure) {
        conduct.failed(nowNs, failure, nowNs);
    }

    /** What became of what was asked of it, counted since it is known. */
    public Outcomes outcomes() {
        return conduct.outcomes();
    }

    /** The request that tries it, while it is {@link Cause#PROBING}. */
    public ProbeSlot probe() {
        return conduct.probe();
    }

    /** Who judges it by its answers from now on; null for nobody. */
    public void judge(@Nullable Judge by) {
        conduct.judge(by);
    }

    /**
     * How busy it looks: what is in flight, and each failure as if it were in flight for {@code failure_latency}. One that
     * fails fast has little in flight, and would attract what the others work at.
     */
    public long busy(long nowNs) {
        return inFlight + conduct.burden(nowNs);
    }

    /** The believed latency of one more request: peak EWMA times (in flight + 1). Lower is better; 0 is untried. */
    public double cost(long nowNs) {
        return cost(nowNs, 1);
    }

    /**
     * The same for an endpoint that is to carry {@code share} times the load of an average one: its load counts that
     * much less, its latency as it is.
     */
    public double cost(long nowNs, double share) {
        int busy = inFlight;
        return conduct.cost(nowNs, 1 + busy / share, busy <= 0);
    }

    void tune(Balance balance) {
        conduct.tune(balance);
    }

    @Override
    public String toString() {
        return service + "/" + address;
    }
}
