package dev.parley.proxy.balance;

import dev.parley.proxy.upstream.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * The better of two drawn, by believed latency times load: the power of two choices (Mitzenmacher, "The power of two
 * choices in randomized load balancing", IEEE TPDS 2001) over peak EWMA, as in Finagle and Linkerd. Two different ones
 * are drawn, so that of two endpoints the bad one is left alone.
 *
 * <p>With equal weights the cheaper wins. With unequal ones the first is drawn by weight and keeps the exchange unless
 * the second costs less than half: with "the cheaper wins", an idle pair would be split by microseconds of latency and
 * not by what the user asked for. Shares then follow the weights while the endpoints are about as fast, and one that is
 * slow or fails loses its share all the same.
 */
final class PeakEwmaOfTwo implements Balancer {
    private static final double KEEP = 0.5;

    private final Rotation rotation;
    private final double margin;
    private final double[] shares;

    PeakEwmaOfTwo(Rotation rotation) {
        this.rotation = rotation;
        this.margin = rotation.even() ? 1 : KEEP;
        this.shares = new double[rotation.size()];
        for (int i = 0; i < shares.length; i++) {
            shares[i] = rotation.share(i);
        }
    }

    @Override
    public @Nullable Endpoint pick(long keyHash, long nowNs, FastRandom random, Tried tried) {
        int first = rotation.usable(random, tried);
        if (first == Rotation.NONE) {
            return null;
        }
        int second = rotation.otherThan(first, random, tried);
        if (second == Rotation.NONE) {
            return rotation.endpoint(first);
        }
        boolean better = cost(second, nowNs) < cost(first, nowNs) * margin;
        return rotation.endpoint(better ? second : first);
    }

    private double cost(int member, long nowNs) {
        return rotation.endpoint(member).cost(nowNs, shares[member]);
    }
}
