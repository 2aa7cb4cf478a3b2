package dev.parley.proxy.exchange;

import dev.parley.proxy.balance.FastRandom;
import dev.parley.proxy.idempotency.HeldBytes;
import dev.parley.proxy.idempotency.IdempotencyStore;
import dev.parley.proxy.loop.Worker;
import dev.parley.proxy.message.HeadBuffer;
import dev.parley.proxy.record.DecisionIds;
import dev.parley.proxy.record.Recorder;
import dev.parley.proxy.upstream.ConnectionPools;
import dev.parley.proxy.upstream.Endpoint;
import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.RequestHead;
import dev.parley.wire.head.ResponseHead;
import dev.parley.wire.http1.RequestParser;
import dev.parley.wire.http1.ResponseParser;
import dev.parley.wire.http2.HeadDecoder;
import dev.parley.wire.http2.HeaderBlock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one event loop keeps for the exchanges that pass over it: flyweights that are refilled for each message, scratch
 * arrays, idle connections, spare exchanges. Touched by that loop's thread alone.
 */
public final class LoopState {
    private static final Logger LOG = LoggerFactory.getLogger(LoopState.class);
    private static final int SPARE_EXCHANGES = 1024;
    private static final int FACTS = 256;

    /** Hears of endpoints that cannot be connected to. */
    public interface ConnectFailures {
        void connectFailed(Endpoint endpoint, String why);
    }

    private final Worker worker;
    private final Recorder recorder;
    private final DecisionIds ids;
    private final FastRandom random;
    private final ConnectionPools pools;
    private final RequestEncoder encoder;
    private final ConnectFailures connectFailures;
    private final IdempotencyStore keys;
    private final HeldBytes heldBytes;
    private final ReasonLabels reasons = new ReasonLabels();
    private final ArrayDeque<Exchange> spare = new ArrayDeque<>();
    private final ClientFacts[] facts = new ClientFacts[FACTS];
    private final RequestHead requestHead = new RequestHead();
    private final ResponseHead responseHead = new ResponseHead();
    private final RequestParser requestParser = new RequestParser();
    private final ResponseParser responseParser = new ResponseParser();
    private final HeadBuffer headBuffer = new HeadBuffer();
    private final HeadDecoder headDecoder = new HeadDecoder();
    private final HeaderBlock headerBlock = new HeaderBlock();
    private final FieldBlock trailers = new FieldBlock();
    private byte[] headBytes = new byte[4096];

    public LoopState(
            Worker worker,
            Recorder recorder,
            DecisionIds ids,
            FastRandom random,
            ConnectionPools pools,
            RequestEncoder encoder,
            ConnectFailures connectFailures,
            IdempotencyStore keys,
            HeldBytes heldBytes) {
        this.worker = worker;
        this.recorder = recorder;
        this.ids = ids;
        this.random = random;
        this.pools = pools;
        this.encoder = encoder;
        this.connectFailures = connectFailures;
        this.keys = keys;
        this.heldBytes = heldBytes;
    }

    public Worker worker() {
        return worker;
    }

    public Recorder recorder() {
        return recorder;
    }

    public DecisionIds ids() {
        return ids;
    }

    public FastRandom random() {
        return random;
    }

    public ConnectionPools pools() {
        return pools;
    }

    public RequestEncoder encoder() {
        return encoder;
    }

    public ConnectFailures connectFailures() {
        return connectFailures;
    }

    /** Where it is kept what idempotency keys were answered. */
    IdempotencyStore keys() {
        return keys;
    }

    /** What requests with idempotency keys hold, on all loops. */
    HeldBytes heldBytes() {
        return heldBytes;
    }

    public ReasonLabels reasons() {
        return reasons;
    }

    /** Refilled by each request's head; valid until the next one is parsed. */
    public RequestHead requestHead() {
        return requestHead;
    }

    /** Refilled by each answer's head; valid until the next one is parsed. */
    public ResponseHead responseHead() {
        return responseHead;
    }

    public RequestParser requestParser() {
        return requestParser;
    }

    public ResponseParser responseParser() {
        return responseParser;
    }

    /** Reads the heads of HTTP/2; what it read is valid until the next one. */
    public HeadDecoder headDecoder() {
        return headDecoder;
    }

    /** Where the next head of HTTP/2 is compressed. */
    public HeaderBlock headerBlock() {
        return headerBlock;
    }

    /** Refilled by the trailers of each message; valid until the next. */
    public FieldBlock trailers() {
        return trailers;
    }

    public HeadBuffer headBuffer() {
        return headBuffer;
    }

    /** Scratch for the bytes of one head, of at least this size. */
    public byte[] headBytes(int size) {
        if (headBytes.length < size) {
            headBytes = Arrays.copyOf(headBytes, Math.max(size, headBytes.length * 2));
        }
        return headBytes;
    }

    /** An exchange for a request that begins. It comes back by itself. */
    public Exchange obtainExchange() {
        Exchange exchange = spare.pollLast();
        return exchange == null ? new Exchange(this) : exchange;
    }

    void release(Exchange exchange) {
        if (spare.size() < SPARE_EXCHANGES) {
            spare.addLast(exchange);
        }
    }

    /**
     * What is said of a client to endpoints. Clients come back: the last of each of {@value #FACTS} hash buckets is kept, so
     * that many connections of one client share one set of bytes.
     */
    public ClientFacts clientFacts(@Nullable InetSocketAddress client, boolean trusted) {
        InetAddress address = client == null ? null : client.getAddress();
        int bucket = address == null ? 0 : (address.hashCode() * 0x9E3779B9) >>> 24;
        ClientFacts kept = facts[bucket];
        if (kept == null || kept.trusted() != trusted || !kept.isAbout(address)) {
            kept = ClientFacts.of(address, trusted);
            facts[bucket] = kept;
        }
        return kept;
    }

    /** A connection was turned away for what it began with. */
    public void refusedConnection(String listener, String why) {
        LOG.debug("connection refused listener={} why={}", listener, why);
    }

    /** A socket failed. Peers that go away are everyday; anything else is a defect of ours and is logged. */
    public void socketFailed(String side, Throwable cause) {
        if (cause instanceof IOException) {
            LOG.debug("socket failed side={} cause={}", side, cause.toString());
        } else {
            LOG.error("connection failed by a defect side={}", side, cause);
        }
    }
}
