package dev.parley.app;

import dev.parley.cli.Program;
import dev.parley.cli.Version;
import dev.parley.model.Configuration;
import dev.parley.model.Problem;
import dev.parley.proxy.Proxy;
import dev.parley.proxy.loop.Transport;
import dev.parley.proxy.loop.Worker;
import dev.parley.proxy.record.Outcome;
import dev.parley.telemetry.admin.AdminServer;
import dev.parley.telemetry.log.Destination;
import dev.parley.telemetry.log.LineWriter;
import dev.parley.telemetry.metrics.Metric;
import dev.parley.telemetry.metrics.MetricsRegistry;
import dev.parley.wire.http1.Refusal;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Puts Parley together: data plane, telemetry, configuration, each knowing the others through ports alone. */
public final class Assembly implements Program {
    private final WarmUp.Amount warmUp;

    public Assembly() {
        this(WarmUp.Amount.fromProperty());
    }

    Assembly(WarmUp.Amount warmUp) {
        this.warmUp = warmUp;
    }

    @Override
    public Start up(UpOptions options) throws InterruptedException {
        Configuration configuration = options.loaded().configuration();
        Worker.Group workers = Worker.Group.start(configuration.eventLoops(), Transport.best());
        MetricsRegistry metrics = registry(workers);
        LineWriter accessLog = null;
        Proxy proxy = null;
        DurableKeys keys = new DurableKeys(Path.of(configuration.state()));
        try {
            accessLog = accessLog(configuration.accessLog(), workers.workers().size());
            proxy = new Proxy(workers, metrics, accessLog, keys);
            proxy.apply(configuration);
            keys.serve(configuration);
            return new Started(start(options, proxy, metrics, accessLog, keys));
        } catch (IOException | IllegalArgumentException cannot) {
            // An argument is illegal where routes ask for what cannot be matched within bounds, which compiling finds
            // out.
            if (proxy != null) {
                proxy.close();
            } else {
                workers.threads().shutdownGracefully();
            }
            if (accessLog != null) {
                accessLog.close();
            }
            keys.close();
            return new CannotStart(List.of(
                    new Problem("cannot-start", "", String.valueOf(cannot.getMessage()), "", "Nothing was started.")));
        }
    }

    private RunningParley start(
            UpOptions options, Proxy proxy, MetricsRegistry metrics, @Nullable LineWriter accessLog, DurableKeys keys)
            throws IOException {
        Readying readiness = new Readying(warmUp);
        ConfigChanges changes = new ConfigChanges(proxy, options.loaded().configuration(), keys::serve);
        StatusReport status = new StatusReport(proxy, metrics, changes, readiness);
        Configuration.Admin wanted = options.loaded().configuration().admin();
        AdminServer admin = wanted.enabled()
                ? AdminServer.start(
                        new InetSocketAddress(InetAddress.getByName(wanted.address()), wanted.port()),
                        metrics,
                        readiness,
                        status)
                : null;
        readGauges(metrics, proxy, changes, accessLog);
        readState(metrics, keys);
        changes.watch(options.path(), options.loaded().digest(), () -> {
            if (accessLog != null) {
                accessLog.reopen();
            }
        });
        ConfigChanges.warn(options.loaded());
        readiness.begin();
        return new RunningParley(
                proxy, Optional.ofNullable(admin), Optional.ofNullable(accessLog), changes, readiness, keys);
    }

    static MetricsRegistry registry(Worker.Group workers) {
        return new MetricsRegistry(
                workers.workers().size(),
                Outcome.codes(),
                Arrays.stream(Refusal.values()).map(Refusal::code).toList());
    }

    private static @Nullable LineWriter accessLog(Configuration.AccessLog settings, int loops) throws IOException {
        if (!settings.enabled()) {
            return null;
        }
        try {
            return new LineWriter(
                    Destination.of(settings.to()), loops, settings.buffer().bytes());
        } catch (IOException unwritable) {
            throw new IOException(
                    "The access log %s cannot be opened: %s. Make its folder and let Parley write there, or change access_log."
                            .formatted(settings.to(), unwritable),
                    unwritable);
        }
    }

    private static void readState(MetricsRegistry metrics, DurableKeys keys) {
        metrics.read(Metric.STATE_USABLE, () -> keys.store().available() ? 1 : 0);
        metrics.read(Metric.STATE_WAITING, () -> keys.store().waiting());
        metrics.read(Metric.STATE_COMMITS, () -> keys.store().commits());
        metrics.read(Metric.STATE_BYTES, () -> keys.store().bytes());
        metrics.readEach(Metric.STATE_KEYS, keys::keys);
    }

    private static void readGauges(
            MetricsRegistry metrics, Proxy proxy, ConfigChanges changes, @Nullable LineWriter accessLog) {
        metrics.state(Metric.BUILD, Version.text(), Runtime.version().toString());
        double started = System.currentTimeMillis() / 1e3;
        metrics.read(Metric.START_TIME, () -> started);
        metrics.read(Metric.EVENT_LOOPS, proxy::eventLoops);
        metrics.read(Metric.EVENT_LOOP_LONGEST_TURN, () -> proxy.longestTurnNs() / 1e9);
        metrics.read(Metric.CONFIG_REVISION, () -> proxy.snapshot().revision());
        metrics.read(Metric.CONFIG_CHANGES_ACCEPTED, changes::accepted);
        metrics.read(Metric.CONFIG_CHANGES_REJECTED, changes::rejected);
        metrics.read(Metric.DIRECT_MEMORY, PlatformDependent::usedDirectMemory);
        Certificates.read(metrics, proxy.tls().certificates());
        Runtime jvm = Runtime.getRuntime();
        metrics.read(Metric.HEAP_USED, () -> jvm.totalMemory() - jvm.freeMemory());
        if (accessLog != null) {
            metrics.read(Metric.ACCESS_LOG_WRITTEN, accessLog::written);
            metrics.read(Metric.ACCESS_LOG_LOST, accessLog::lost);
        }
    }
}
