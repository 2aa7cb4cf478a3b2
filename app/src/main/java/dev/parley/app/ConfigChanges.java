package dev.parley.app;

import dev.parley.cli.Signals;
import dev.parley.config.ConfigReader;
import dev.parley.config.ConfigWatcher;
import dev.parley.config.Loaded;
import dev.parley.config.LocatedProblem;
import dev.parley.model.Configuration;
import dev.parley.proxy.Proxy;
import dev.parley.telemetry.events.Event;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Changes of the configuration while Parley serves: each is taken whole, or refused with every reason and nothing changed. */
final class ConfigChanges implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigChanges.class);

    private final Proxy proxy;
    private final Consumer<Configuration> applied;
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong rejected = new AtomicLong();
    private volatile Configuration serving;
    private volatile List<String> problems = List.of();
    private @Nullable ConfigWatcher watcher;

    /** Changes of what is serving; {@code applied} hears of each that was taken. */
    ConfigChanges(Proxy proxy, Configuration serving, Consumer<Configuration> applied) {
        this.proxy = proxy;
        this.applied = applied;
        this.serving = serving;
    }

    /** Follows the files from now on. SIGHUP has them read at once, and the access log opened anew, for who rotates it. */
    void watch(Path path, String digest, Runnable reopenLog) {
        ConfigWatcher following = ConfigWatcher.watch(ConfigReader.create(), path, digest, this::take);
        watcher = following;
        Signals.on("HUP", () -> {
            reopenLog.run();
            following.poke();
        });
    }

    private void take(Loaded loaded) {
        switch (loaded) {
            case Loaded.Rejected refused ->
                reject(refused.problems().stream().map(LocatedProblem::render).toList());
            case Loaded.Accepted valid -> {
                warn(valid);
                apply(valid.configuration());
            }
        }
    }

    /** What can be served and is not as it should be. */
    static void warn(Loaded.Accepted loaded) {
        loaded.warnings().forEach(warning -> LOG.warn("{}", warning.render()));
    }

    private void apply(Configuration configuration) {
        try {
            proxy.apply(configuration);
        } catch (IOException | IllegalArgumentException cannot) {
            reject(List.of(String.valueOf(cannot.getMessage())));
            return;
        }
        warnOfWhatNeedsARestart(configuration);
        serving = configuration;
        applied.accept(configuration);
        problems = List.of();
        accepted.incrementAndGet();
        tell(Event.Kind.CONFIGURATION_APPLIED, "revision " + proxy.snapshot().revision());
        LOG.info(
                "configuration applied revision={} listeners={} services={} routes={}",
                proxy.snapshot().revision(),
                configuration.listeners().size(),
                configuration.services().size(),
                configuration.routes().size());
    }

    private void warnOfWhatNeedsARestart(Configuration configuration) {
        if (!configuration.admin().equals(serving.admin())
                || !configuration.accessLog().equals(serving.accessLog())
                || !configuration.state().equals(serving.state())
                || configuration.eventLoops() != serving.eventLoops()) {
            LOG.warn(
                    "admin, access_log, state and event_loops are read at start only: restart Parley for their change to count");
        }
    }

    private void reject(List<String> reasons) {
        rejected.incrementAndGet();
        problems = reasons;
        tell(
                Event.Kind.CONFIGURATION_REJECTED,
                reasons.getFirst().lines().findFirst().orElse(""));
        LOG.error(
                "configuration rejected, revision {} serves on:\n  {}",
                proxy.snapshot().revision(),
                String.join("\n  ", reasons));
    }

    private void tell(Event.Kind kind, String reason) {
        proxy.events().add(kind, "", "", reason);
    }

    /** How long connections may go on when Parley stops. */
    Configuration serving() {
        return serving;
    }

    /** What is wrong with the latest change; empty where it was applied. */
    List<String> problems() {
        return problems;
    }

    long accepted() {
        return accepted.get();
    }

    long rejected() {
        return rejected.get();
    }

    @Override
    public void close() {
        if (watcher != null) {
            watcher.close();
        }
    }
}
