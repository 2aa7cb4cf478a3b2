package dev.parley.proxy.snapshot;

import dev.parley.proxy.exchange.ClientFacts;
import dev.parley.proxy.message.HeadBuffer;
import dev.parley.proxy.resilience.RateLimitFields;
import dev.parley.proxy.resilience.RateLimiter;
import dev.parley.proxy.route.SeededHash;
import dev.parley.proxy.tls.TlsFacts;
import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.FieldId;
import dev.parley.wire.head.RequestHead;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rate limits of a listener, a route or a service, with their buckets, which outlive configurations. */
public final class RateLimits {
    public static final RateLimits NONE = new RateLimits("", List.of());

    /** Whoever sends keys must not know which of them meet. */
    private static final long SEED = new SecureRandom().nextLong();

    private final String of;
    private final List<Limit> limits;

    private RateLimits(String of, List<Limit> limits) {
        this.of = of;
        this.limits = List.copyOf(limits);
    }

    private record Limit(RateLimiter limiter, RateLimitFields fields, byte[] header) {}

    /**
     * @param of what they are of, as {@code route.orders}: what clients are told
     * @param limiters the buckets, in the order of the configuration
     */
    static RateLimits of(String of, List<RateLimiter> limiters) {
        List<Limit> limits = new ArrayList<>();
        for (int i = 0; i < limiters.size(); i++) {
            RateLimiter limiter = limiters.get(i);
            String name = limiters.size() == 1 ? of : of + "." + (i + 1);
            byte[] header = limiter.settings().by().name().getBytes(StandardCharsets.US_ASCII);
            limits.add(new Limit(limiter, new RateLimitFields(name, limiter.settings()), header));
        }
        return limits.isEmpty() ? NONE : new RateLimits(of, limits);
    }

    public boolean none() {
        return limits.isEmpty();
    }

    /** What they are of: {@code listener.edge}, {@code route.orders}, {@code service.payments}. */
    public String of() {
        return of;
    }

    /**
     * Lets a request in, or a connection, which has no head, and takes a token of each limit. What the first ones gave is not given back
     * where a later one refuses.
     *
     * @return {@link RateLimiter#LET_IN}, or how long to wait, in nanoseconds
     */
    public long take(@Nullable RequestHead head, ClientFacts from, long nowNs) {
        long wait = RateLimiter.LET_IN;
        for (int i = 0; i < limits.size() && wait == RateLimiter.LET_IN; i++) {
            Limit limit = limits.get(i);
            wait = limit.limiter.take(key(limit, head, from), nowNs);
        }
        return wait;
    }

    /** What clients are told of each limit: the lines of RateLimit-Policy and RateLimit, one after the other. */
    public void describe(HeadBuffer out, RequestHead head, ClientFacts from, long nowNs) {
        for (int i = 0; i < limits.size(); i++) {
            Limit limit = limits.get(i);
            long key = key(limit, head, from);
            limit.fields.write(out, limit.limiter.remaining(key, nowNs), limit.limiter.resetNs(key, nowNs));
        }
    }

    private static long key(Limit limit, @Nullable RequestHead head, ClientFacts from) {
        return switch (limit.limiter.settings().by().source()) {
            case ALL -> 0;
            case ADDRESS -> hash(from.address(), 0, from.address().length);
            case CALLER -> caller(head, from);
            case HEADER -> header(limit, head);
        };
    }

    private static long header(Limit limit, @Nullable RequestHead head) {
        int field = head == null ? -1 : head.fields().find(limit.header);
        return head == null || field < 0 ? hash(limit.header, 0, 0) : value(head.fields(), field);
    }

    /** The certificate that the client showed, else its Authorization, else its address. */
    private static long caller(@Nullable RequestHead head, ClientFacts from) {
        TlsFacts tls = from.tls();
        TlsFacts.Peer peer = tls == null ? null : tls.peer();
        if (peer != null) {
            byte[] print = peer.fingerprint().getBytes(StandardCharsets.US_ASCII);
            return hash(print, 0, print.length);
        }
        int field = head == null ? -1 : head.fields().find(FieldId.AUTHORIZATION);
        return head == null || field < 0 ? hash(from.address(), 0, from.address().length) : value(head.fields(), field);
    }

    private static long value(FieldBlock fields, int field) {
        return hash(fields.bytes(), fields.valueFrom(field), fields.valueTo(field));
    }

    /** Never 0, which is the bucket of all. */
    private static long hash(byte[] bytes, int from, int to) {
        long hash = SeededHash.of(SEED, bytes, from, to);
        return hash == 0 ? 1 : hash;
    }

    /** Lines as {@link #describe} wrote them, each by itself. */
    public static List<byte[]> lines(HeadBuffer written) {
        List<byte[]> lines = new ArrayList<>();
        int from = 0;
        for (int at = 0; at < written.end(); at++) {
            if (written.bytes()[at] == '\n') {
                lines.add(Arrays.copyOfRange(written.bytes(), from, at + 1));
                from = at + 1;
            }
        }
        return lines;
    }
}
