package dev.parley.proxy.udp;

import dev.parley.proxy.balance.Tried;
import dev.parley.proxy.exchange.ClientFacts;
import dev.parley.proxy.exchange.Gate;
import dev.parley.proxy.exchange.LoopState;
import dev.parley.proxy.loop.Timer;
import dev.parley.proxy.record.Decision;
import dev.parley.proxy.record.Outcome;
import dev.parley.proxy.snapshot.ListenerView;
import dev.parley.proxy.snapshot.RouteView;
import dev.parley.proxy.snapshot.ServiceView;
import dev.parley.proxy.snapshot.Verdict;
import dev.parley.proxy.upstream.ConnectionPool;
import dev.parley.proxy.upstream.Endpoint;
import dev.parley.telemetry.metrics.ListenerMetrics;
import dev.parley.telemetry.metrics.ListenerMetrics.Drop;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What one client and one endpoint say to each other: from the client's first datagram until neither has said anything for
 * {@code timeouts.session}. Answers go to that client alone, and one datagram makes at most one other, so that nothing is
 * amplified here.
 *
 * <p>UDP has no connect that could fail. An endpoint is known to be gone when its host refuses a datagram, which is told to the
 * connected socket at the next call; then, and where health says that it is down, the next datagram goes to another endpoint.
 */
final class UdpSession extends Timer implements DatagramReader, ConnectionPool.Lasting, SessionTable.Keyed {
    private final long high;
    private final long low;
    private final long tail;
    private final UdpPort port;
    private final LoopState loop;
    private final InetSocketAddress client;
    private final ListenerMetrics metrics;
    private final Decision decision = new Decision();
    private final Tried tried = new Tried();
    private ListenerView view;
    private @Nullable ServiceView service;
    private @Nullable Endpoint endpoint;
    private @Nullable ConnectionPool pool;
    private @Nullable EndpointSocket socket;
    private long attachedNs;
    private boolean answered;
    private boolean refused;
    private boolean over;

    private final Gate gate;
    private boolean let;

    UdpSession(UdpPort port, ListenerView view, InetSocketAddress client, long high, long low, long tail) {
        this.port = port;
        this.loop = port.loop();
        this.view = view;
        this.gate = new Gate(loop);
        this.metrics = view.metrics();
        this.client = client;
        this.high = high;
        this.low = low;
        this.tail = tail;
    }

    @Override
    public long high() {
        return high;
    }

    @Override
    public long low() {
        return low;
    }

    @Override
    public long tail() {
        return tail;
    }

    InetSocketAddress client() {
        return client;
    }

    /** The listener's settings as this session knows them. */
    ListenerView view() {
        return view;
    }

    /** Of the listener as it was when this session began. */
    ListenerMetrics metrics() {
        return metrics;
    }

    void begin() {
        ClientFacts facts = loop.clientFacts(client, false);
        decision.begin(
                loop.ids(),
                Decision.Protocol.UDP,
                System.currentTimeMillis(),
                loop.worker().nowNs());
        decision.from(view.label(), metrics, facts.label());
    }

    /** The listener's settings have changed: false where they no longer let the client in, and then it is over. */
    boolean readmit(ListenerView changed) {
        view = changed;
        if (changed.admits(client.getAddress())) {
            return true;
        }
        end(Outcome.TUNNELLED, "denied-range");
        return false;
    }

    /** The client sent a datagram. */
    void fromClient(Inbox inbox, int i) {
        stayAwake();
        Endpoint at = endpoint;
        if (at != null && !at.available() && !at.retired()) {
            leaveEndpoint();
        }
        tried.clear();
        int retriesLeft = -1;
        while (true) {
            EndpointSocket to = socket;
            if (to == null) {
                to = attach();
            }
            if (to == null || service == null) {
                port.dropped(Drop.NO_ENDPOINT);
                return;
            }
            int sent = to.send(inbox, i);
            if (sent >= 0) {
                decision.bytes(sent, 0);
                decision.datagrams(1, 0);
                loop.recorder().countBytes(decision);
                return;
            }
            if (sent == Code.AGAIN || sent == Code.TOO_LARGE) {
                port.dropped(sent == Code.AGAIN ? Drop.ENDPOINT_BUSY : Drop.TOO_LARGE);
                return;
            }
            failed(sent);
            retriesLeft = retriesLeft < 0 ? service.settings().retries().attempts() : retriesLeft - 1;
            if (retriesLeft <= 0) {
                // What it goes to next, its next datagram finds out.
                port.dropped(Drop.NO_ENDPOINT);
                return;
            }
        }
    }

    /** Finds an endpoint and opens a socket to it; null where there is none, and then the session is over. */
    private @Nullable EndpointSocket attach() {
        ServiceView to = decide();
        if (to == null) {
            // Where it was not let in it has ended by now.
            end(Outcome.NO_ROUTE, "no-route");
            return null;
        }
        long keyHash = to.keyHash(loop.clientFacts(client, false).address());
        long now = loop.worker().nowNs();
        boolean full = false;
        while (tried.count() < Tried.CAPACITY) {
            Endpoint picked = to.balancer().pick(keyHash, now, loop.random(), tried);
            if (picked == null) {
                break;
            }
            tried.add(picked);
            if (!picked.tryOpen(to.settings().connectionsPerEndpoint())) {
                full = true;
                continue;
            }
            EndpointSocket opened = open(picked, now);
            if (opened != null || over) {
                return opened;
            }
        }
        endWithoutEndpoint(full);
        return null;
    }

    /** The route of the listener as it is now: for a new session, and for one that has lost its endpoint. */
    private @Nullable ServiceView decide() {
        RouteView route = view.tcp();
        if (route == null) {
            return null;
        }
        decision.route(route.label(), route.metrics());
        if (!(route.verdict(loop.random()) instanceof Verdict.Forward forward)) {
            return null;
        }
        ServiceView to = forward.service();
        Gate.Refused refused = let ? null : gate.connection(view, forward, loop.clientFacts(client, false));
        if (refused != null) {
            end(refused.outcome(), refused.answer().code());
            return null;
        }
        // Whether datagrams are answered is for their protocol to say: nothing of them speaks for or against the
        // service.
        gate.abandoned();
        let = true;
        service = to;
        decision.service(to.label(), to.metrics());
        return to;
    }

    private @Nullable EndpointSocket open(Endpoint picked, long now) {
        ConnectionPool of = loop.pools().of(picked);
        if (refused) {
            loop.recorder().retry(decision);
        }
        decision.attempt(of.label(), of.metrics(), now);
        attachedNs = now;
        try {
            if (!(picked.resolved() instanceof InetSocketAddress address) || address.isUnresolved()) {
                throw new IOException("the name " + picked.address() + " has no address");
            }
            EndpointSocket opened = port.datagrams().connect(address, this);
            of.opened(this);
            picked.begin();
            // Nothing more than this may ever come: of datagrams it is good enough that they are not refused.
            picked.probe().answered();
            endpoint = picked;
            pool = of;
            socket = opened;
            answered = false;
            return opened;
        } catch (NoSocketsLeft ours) {
            picked.closed();
            end(Outcome.OVER_LIMIT, "no-sockets");
            return null;
        } catch (IOException unreachable) {
            picked.closed();
            blame(picked, of, String.valueOf(unreachable.getMessage()));
            return null;
        }
    }

    private void blame(Endpoint failed, ConnectionPool of, String why) {
        refused = true;
        of.metrics().connectFailed(loop.worker().index());
        failed.observeFailure(loop.worker().nowNs(), Endpoint.Failure.TRANSPORT, attachedNs);
        loop.connectFailures().connectFailed(failed, why);
    }

    /** The endpoint's host refused what was sent, or there is no way to it. */
    private void failed(int code) {
        Endpoint gone = endpoint;
        ConnectionPool of = pool;
        leaveEndpoint();
        if (gone != null && of != null) {
            blame(gone, of, Code.text(code));
        }
    }

    private void leaveEndpoint() {
        if (socket == null || endpoint == null || pool == null) {
            return;
        }
        socket.close();
        pool.closed(this);
        endpoint.end();
        socket = null;
        endpoint = null;
        pool = null;
    }

    @Override
    public void readable() {
        loop.worker().beginEvent();
        EndpointSocket from = socket;
        if (from == null) {
            return;
        }
        int length = from.receive(port.outbox());
        if (length >= 0) {
            stayAwake();
            port.answered(this, length);
            fromEndpoint();
        } else if (length != Code.AGAIN && length != Code.TOO_LARGE) {
            failed(length);
        }
    }

    private void fromEndpoint() {
        if (answered) {
            return;
        }
        answered = true;
        refused = false;
        long now = loop.worker().nowNs();
        decision.firstByte(now);
        if (endpoint != null) {
            endpoint.observe(now - attachedNs, now);
        }
    }

    /** An answer went to the client. */
    void sent(int length) {
        decision.bytes(0, length);
        decision.datagrams(0, 1);
        loop.recorder().countBytes(decision);
    }

    private void stayAwake() {
        loop.worker()
                .timers()
                .set(
                        this,
                        loop.worker().nowNs()
                                + view.settings().timeouts().session().toNanos());
    }

    @Override
    protected void expired(long nowNs) {
        if (refused) {
            end(Outcome.CONNECT_FAILED, "endpoint-refused");
        } else {
            end(Outcome.TUNNELLED, "idle");
        }
    }

    @Override
    public long sinceNs() {
        return attachedNs;
    }

    /** Between two datagrams it loses nothing but an answer that is on its way. */
    @Override
    public boolean rests(long nowNs) {
        return true;
    }

    @Override
    public boolean invites() {
        return false;
    }

    /** The next datagram goes to another endpoint. */
    @Override
    public void move() {
        leaveEndpoint();
    }

    /** The endpoint was removed, and its time to drain is up: the next datagram goes to another. */
    @Override
    public void endpointCut() {
        leaveEndpoint();
    }

    /** The listener's time to drain is up. */
    void cut() {
        end(Outcome.DRAINED, "drained");
    }

    private void endWithoutEndpoint(boolean full) {
        if (full) {
            end(Outcome.OVER_LIMIT, "connections-per-endpoint");
        } else if (refused) {
            end(Outcome.CONNECT_FAILED, "endpoint-refused");
        } else {
            end(Outcome.NO_ENDPOINT, "no-endpoint");
        }
    }

    private void end(Outcome outcome, String reason) {
        if (over) {
            return;
        }
        over = true;
        port.flushNow();
        loop.worker().timers().remove(this);
        leaveEndpoint();
        gate.over();
        decision.outcome(outcome, loop.reasons().of(reason));
        decision.end(loop.worker().nowNs());
        loop.recorder().record(decision);
        port.ended(this);
    }
}
