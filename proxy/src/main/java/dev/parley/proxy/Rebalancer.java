package dev.parley.proxy;

import dev.parley.model.Rebalance;
import dev.parley.proxy.balance.FailureDomains.Level;
import dev.parley.proxy.balance.Rebalancing;
import dev.parley.proxy.exchange.LoopState;
import dev.parley.proxy.snapshot.LiveSnapshot;
import dev.parley.proxy.snapshot.ServiceView;
import dev.parley.proxy.upstream.ConnectionPool;
import dev.parley.proxy.upstream.Endpoint;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Has one event loop move what lasts to endpoints that have too little, each second, where a service asks for it. */
final class Rebalancer {
    private static final long EACH_MS = 1000;

    private final LoopState loop;
    private final LiveSnapshot live;
    private long beforeNs;

    private Rebalancer(LoopState loop, LiveSnapshot live) {
        this.loop = loop;
        this.live = live;
        this.beforeNs = System.nanoTime();
    }

    static void start(LoopState loop, LiveSnapshot live) {
        Rebalancer rebalancer = new Rebalancer(loop, live);
        var _ = loop.worker().loop().scheduleWithFixedDelay(rebalancer::turn, EACH_MS, EACH_MS, TimeUnit.MILLISECONDS);
    }

    private void turn() {
        long now = loop.worker().beginEvent();
        long elapsedNs = now - beforeNs;
        beforeNs = now;
        if (!live.serves()) {
            return;
        }
        for (ServiceView service : live.current().services().values()) {
            service.settings().rebalance().ifPresent(settings -> rebalance(service, settings, elapsedNs, now));
        }
    }

    private void rebalance(ServiceView service, Rebalance settings, long elapsedNs, long now) {
        int all = 0;
        for (Endpoint endpoint : service.endpoints()) {
            all += endpoint.lasting().get();
        }
        List<Level> levels = service.domains().levels();
        for (Endpoint endpoint : service.endpoints()) {
            ConnectionPool pool = loop.pools().find(endpoint);
            if (pool == null || pool.lasting() == 0) {
                continue;
            }
            double share = Rebalancing.share(levels, endpoint);
            int due = Rebalancing.due(
                    settings, pool.lasting(), endpoint.lasting().get(), all, share, elapsedNs, loop.random());
            int moved = due == 0 ? 0 : pool.move(due, now - settings.leastAge().toNanos(), now);
            for (int i = 0; i < moved; i++) {
                service.metrics().rebalanced(loop.worker().index());
            }
        }
    }
}
