package dev.parley.proxy.tcp;

import dev.parley.model.Service;
import dev.parley.proxy.balance.Tried;
import dev.parley.proxy.exchange.ClientFacts;
import dev.parley.proxy.exchange.Gate;
import dev.parley.proxy.exchange.LoopState;
import dev.parley.proxy.listen.Downstream;
import dev.parley.proxy.listen.ListenerSlot;
import dev.parley.proxy.loop.Timer;
import dev.parley.proxy.record.Decision;
import dev.parley.proxy.record.Outcome;
import dev.parley.proxy.resilience.CircuitBreaker;
import dev.parley.proxy.snapshot.Passthrough;
import dev.parley.proxy.snapshot.RouteView;
import dev.parley.proxy.snapshot.ServiceView;
import dev.parley.proxy.snapshot.Verdict;
import dev.parley.proxy.tls.TlsFacts;
import dev.parley.proxy.upstream.ClientSession;
import dev.parley.proxy.upstream.Connecting;
import dev.parley.proxy.upstream.ConnectionPool;
import dev.parley.proxy.upstream.Endpoint;
import dev.parley.proxy.upstream.Origin;
import dev.parley.proxy.upstream.ProxyPreface;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A client's TCP connection: pick an endpoint, connect, try another where that fails, then carry bytes both ways.
 *
 * <p>Nothing is read from the client until the endpoint is there, so that a connection that finds none costs no buffer.
 */
public final class TcpDownstream extends Downstream implements Relay.Watcher {
    /** An endpoint that ends a connection sooner than this has no use for it. */
    private static final long AT_ONCE_NS = 1_000_000_000L;

    private final Decision decision = new Decision();
    private final Deadline deadline = new Deadline();
    private final Tried tried = new Tried();
    private final Gate gate;
    private final @Nullable Passthrough undecrypted;
    private @Nullable ChannelHandlerContext context;
    private @Nullable ServiceView service;
    private @Nullable Endpoint endpoint;
    private @Nullable ByteBuf early;
    private @Nullable Relay relay;
    private @Nullable RelayStay stay;
    private long keyHash;
    private long carriedFromClient;
    private long carriedFromEndpoint;
    private long begunNs;
    private int retriesLeft;
    private long ticket;
    private boolean full;
    /** An endpoint was passed over because its own breaker is open. */
    private boolean barred;

    private boolean inputShutdown;
    private boolean broken;
    private boolean over;

    /** @param undecrypted where it goes; null where it is the listener's one route for TCP */
    public TcpDownstream(
            LoopState loop,
            ListenerSlot slot,
            @Nullable InetSocketAddress client,
            @Nullable TlsFacts tls,
            @Nullable Passthrough undecrypted) {
        super(loop, slot, client, tls);
        this.gate = new Gate(loop);
        this.undecrypted = undecrypted;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        loop.worker().beginEvent();
        super.handlerAdded(added);
        added.channel().config().setAutoRead(false);
        ClientFacts facts = loop.clientFacts(client, false);
        decision.begin(
                loop.ids(),
                Decision.Protocol.TCP,
                System.currentTimeMillis(),
                loop.worker().nowNs());
        decision.from(listener().label(), listener().metrics(), facts.label());
        decision.tls(tls);
        RouteView route = listener().tcp();
        if (undecrypted != null) {
            route = undecrypted.route();
            decision.serverName(undecrypted.serverName());
        }
        if (route == null) {
            end(Outcome.NO_ROUTE, "no-route");
            return;
        }
        decision.route(route.label(), route.metrics());
        if (route.verdict(loop.random()) instanceof Verdict.Forward forward) {
            ServiceView to = forward.service();
            service = to;
            decision.service(to.label(), to.metrics());
            Gate.Refused refused = gate.connection(listener(), forward, facts);
            if (refused != null) {
                end(refused.outcome(), refused.answer().code());
                return;
            }
            to.guard().retries().requested(loop.worker().nowNs());
            keyHash = to.keyHash(facts.address());
            retriesLeft = forward.retries().attempts();
            attempt(to);
        } else {
            end(Outcome.NO_ROUTE, "no-route");
        }
    }

    private void attempt(ServiceView to) {
        while (!over) {
            long now = loop.worker().nowNs();
            Endpoint picked = to.balancer().pick(keyHash, now, loop.random(), tried);
            if (picked == null || tried.count() == Tried.CAPACITY) {
                endWithoutEndpoint();
                return;
            }
            if (picked.inFlight() >= to.settings().breaker().inFlightPerEndpoint()) {
                tried.add(picked);
                full = true;
                continue;
            }
            if (!calls(picked, now)) {
                tried.add(picked);
                barred = true;
                continue;
            }
            if (!picked.tryOpen(to.settings().connectionsPerEndpoint())) {
                judgedNothing(picked);
                tried.add(picked);
                full = true;
                continue;
            }
            ConnectionPool of = loop.pools().of(picked);
            endpoint = picked;
            picked.begin();
            decision.attempt(of.label(), of.metrics(), now);
            connect(picked, of, to.settings());
            return;
        }
    }

    private void endWithoutEndpoint() {
        if (full) {
            end(Outcome.OVER_LIMIT, "connections-per-endpoint");
        } else if (barred) {
            end(Outcome.BREAKER_OPEN, "breaker-open");
        } else {
            end(Outcome.NO_ENDPOINT, "no-endpoint");
        }
    }

    /** Whether the endpoint's own breaker lets this call through, which {@link #judged} then ends. */
    private boolean calls(Endpoint picked, long nowNs) {
        CircuitBreaker own = picked.breaker();
        ticket = own == null ? 0 : own.tryCall(nowNs);
        return ticket != CircuitBreaker.REFUSED;
    }

    private void judgedNothing(Endpoint at) {
        CircuitBreaker own = at.breaker();
        if (own != null) {
            own.abandoned(ticket);
        }
    }

    /** Connected, or not: all that a breaker hears of a connection. */
    private void judged(Endpoint at, boolean failed, long sinceNs) {
        long now = loop.worker().nowNs();
        CircuitBreaker own = at.breaker();
        if (own != null) {
            own.ended(ticket, failed, now - sinceNs, now);
        }
        if (!failed) {
            gate.answered(false, false, now);
        }
    }

    private void connect(Endpoint to, ConnectionPool of, Service settings) {
        begunNs = loop.worker().nowNs();
        byte[] preface = ProxyPreface.of(
                settings.proxyProtocol(), Origin.of(client, channel(), ClientSession.of(tls)), decision);
        Connecting.open(
                loop.worker(),
                to,
                settings.timeouts().connect(),
                preface,
                List.of(),
                new Connecting.Opening<TcpUpstream>() {
                    @Override
                    public TcpUpstream handler(String protocol) {
                        return new TcpUpstream(to, of);
                    }

                    @Override
                    public void opened(Channel made, TcpUpstream upstream) {
                        of.opened(made);
                        long now = loop.worker().nowNs();
                        to.observeLatency(now - begunNs, now);
                        judged(to, false, begunNs);
                        begin(made, upstream);
                    }

                    @Override
                    public void failed(String why) {
                        to.closed();
                        of.metrics().connectFailed(loop.worker().index());
                        to.observeFailure(loop.worker().nowNs(), Endpoint.Failure.TRANSPORT, begunNs);
                        judged(to, true, begunNs);
                        loop.connectFailures().connectFailed(to, why);
                        tryNext(to);
                    }
                });
    }

    private void tryNext(Endpoint failed) {
        failed.end();
        endpoint = null;
        tried.add(failed);
        ServiceView to = service;
        if (over || to == null) {
            return;
        }
        if (retriesLeft == 0 || !to.guard().retries().tryRetry(loop.worker().nowNs())) {
            gate.answered(true, true, loop.worker().nowNs());
            end(Outcome.CONNECT_FAILED, "connect-failed");
            return;
        }
        retriesLeft--;
        loop.recorder().retry(decision);
        attempt(to);
    }

    private void begin(Channel made, TcpUpstream upstream) {
        if (over || broken) {
            reset(made);
            leaveEndpoint();
            return;
        }
        Relay through = new Relay(channel(), made, loop.worker(), this);
        relay = through;
        upstream.relay = through;
        stay = RelayStay.begin(through, upstream.pool(), loop.worker().nowNs());
        decision.connected(loop.worker().nowNs());
        startClock();
        through.start();
        if (early != null) {
            ByteBuf bytes = early;
            early = null;
            through.read(true, bytes);
            through.readComplete(true);
        }
        if (inputShutdown) {
            through.inputShutdown(true);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext read, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        if (relay != null) {
            relay.read(true, bytes);
        } else if (over) {
            bytes.release();
        } else if (early == null) {
            early = bytes;
        } else {
            // What was read to detect the protocol, and what the kernel held when the client ended its side.
            early = Unpooled.wrappedBuffer(early, bytes);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext complete) {
        if (relay != null) {
            relay.readComplete(true);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext changed) {
        if (relay != null) {
            relay.writabilityChanged(true);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext triggered, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            inputShutdown = true;
            if (relay != null) {
                relay.inputShutdown(true);
            }
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext caught, Throwable cause) {
        loop.socketFailed("client", cause);
        broken = true;
        if (relay != null) {
            // Before Netty says that the input has ended, which it does of a broken connection too.
            relay.broke(true);
        }
        channel().close();
    }

    @Override
    protected void gone() {
        loop.worker().beginEvent();
        if (relay != null) {
            relay.inactive(true);
        } else {
            end(Outcome.CLIENT_GONE, "");
        }
    }

    /** That it takes connections says little; that it answers says that it does its work. */
    @Override
    public void endpointSpoke() {
        if (endpoint != null) {
            endpoint.succeeded(loop.worker().nowNs(), begunNs);
        }
    }

    /**
     * An endpoint that breaks off before it said anything has failed, and so has one that ends in good order before it answered
     * what the client sent, or at once. One that ends a connection on which nobody has spoken for long has not.
     */
    private void blame(Relay over, Relay.End how) {
        long now = loop.worker().nowNs();
        if (endpoint == null || over.fromEndpointBytes() > 0) {
            return;
        }
        boolean asked = over.fromClientBytes() > 0 || now - begunNs < AT_ONCE_NS;
        boolean hungUp = how == Relay.End.ORDERLY && asked && !over.clientEndedFirst();
        if (how == Relay.End.ENDPOINT || hungUp) {
            endpoint.observeFailure(now, Endpoint.Failure.TRANSPORT, begunNs);
        }
    }

    @Override
    public void relayEnded(Relay.End how) {
        loop.worker().beginEvent();
        if (relay != null) {
            blame(relay, how);
        }
        countBytes();
        leaveEndpoint();
        if (stay != null) {
            stay.end();
        }
        record(how.outcome(), how.reason());
    }

    /** Ends a connection that has no endpoint. A reset tells the client that this was no orderly end. */
    private void end(Outcome outcome, String reason) {
        if (over) {
            return;
        }
        record(outcome, reason);
        reset(channel());
    }

    /** It may be closed already: a client that resets is gone before its end is recorded. */
    private static void reset(Channel channel) {
        if (channel.isOpen()) {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
            channel.close();
        }
    }

    private void record(Outcome outcome, String reason) {
        over = true;
        loop.worker().timers().remove(deadline);
        if (early != null) {
            early.release();
            early = null;
        }
        if (reason.isEmpty()) {
            decision.outcome(outcome);
        } else {
            decision.outcome(outcome, loop.reasons().of(reason));
        }
        gate.over();
        decision.end(loop.worker().nowNs());
        loop.recorder().record(decision);
    }

    private void leaveEndpoint() {
        if (endpoint != null) {
            endpoint.end();
            endpoint = null;
        }
    }

    private void countBytes() {
        if (relay != null) {
            decision.bytes(
                    relay.fromClientBytes() - carriedFromClient, relay.fromEndpointBytes() - carriedFromEndpoint);
            carriedFromClient = relay.fromClientBytes();
            carriedFromEndpoint = relay.fromEndpointBytes();
        }
    }

    /** A TCP connection has no place to stop at: it goes on until it ends by itself or the drain's time is up. */
    @Override
    public void drain() {}

    @Override
    public void cut() {
        if (relay != null) {
            relay.cut(Relay.End.DRAINED);
        } else {
            end(Outcome.DRAINED, "drained");
        }
    }

    private void startClock() {
        long idle = listener().settings().timeouts().tunnel().toNanos();
        if (idle > 0) {
            loop.worker().timers().set(deadline, loop.worker().nowNs() + idle);
        }
    }

    private Channel channel() {
        if (context == null) {
            throw new AssertionError("a connection acts only once it is there");
        }
        return context.channel();
    }

    private final class Deadline extends Timer {
        @Override
        protected void expired(long nowNs) {
            if (relay == null) {
                return;
            }
            countBytes();
            loop.recorder().countBytes(decision);
            if (relay.takeMoved()) {
                startClock();
            } else {
                relay.cut(Relay.End.IDLE);
            }
        }
    }
}
