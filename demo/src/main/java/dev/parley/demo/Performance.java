package dev.parley.demo;

import dev.parley.cli.terminal.FullScreen;
import dev.parley.cli.terminal.Ink;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** One demo from its first request to its summary: load, figures, keys, kills, chaos. Only {@link #end} is for other threads. */
final class Performance {
    private static final Duration FRAME = Duration.ofMillis(500);
    private static final Duration READY_LIMIT = Duration.ofSeconds(20);
    private static final long READY_POLL_MS = 50;

    private final Stage stage;
    private final Script script;
    private final CountDownLatch over = new CountDownLatch(1);
    private final List<Recent> recents = new ArrayList<>();
    private int kills;
    private int faults;

    Performance(Stage stage, Script script) {
        this.stage = stage;
        this.script = script;
    }

    /** Ends it in order, with its summary. */
    void end() {
        over.countDown();
    }

    /**
     * Runs until its time is over or it is ended.
     *
     * @param terminal whether to paint a terminal and take its keys
     * @return whether no request failed
     */
    boolean run(PrintWriter out, boolean terminal) throws IOException, InterruptedException {
        Ink ink = Ink.on(terminal);
        List<String> addresses = Picture.addresses(stage);
        addresses.forEach(out::println);
        out.println("  chaos has the seed %d: --seed %d breaks the same things again"
                .formatted(script.seed(), script.seed()));
        out.println();
        out.println("Waiting until Parley is warm and says that it is ready ...");
        out.flush();
        awaitReady();
        long startNs = System.nanoTime();
        try (Observer observer = new Observer(stage.admin(), stage.cast().services(), ink)) {
            Picture picture = new Picture(ink, observer, recents, addresses);
            perform(out, picture, observer, terminal, startNs);
            observe(observer);
            return summarize(out, picture, startNs);
        }
    }

    private void perform(PrintWriter out, Picture picture, Observer observer, boolean terminal, long startNs)
            throws InterruptedException {
        Load load = new Load();
        try (Screen screen = new Screen(out, terminal ? FullScreen.open(out) : Optional.empty());
                Director director = new Director(stage.cast(), script.killCycle(), startNs, screen::event);
                load) {
            Chaos chaos = new Chaos(stage.cast(), load, script.seed(), director.hand(), director::tell);
            start(load);
            if (script.chaos()) {
                chaos.toggle(startNs);
            }
            while (!isOver(startNs)) {
                director.turn(System.nanoTime());
                chaos.turn(System.nanoTime());
                takeKeys(screen, director, chaos);
                observe(observer);
                Duration elapsed = Duration.ofNanos(System.nanoTime() - startNs);
                screen.show(
                        () -> picture.lines(elapsed, chaos, director, screen.size()),
                        () -> picture.plain(elapsed, chaos));
            }
            // What is frozen would hold up the end: the load waits for the answers to what was sent.
            chaos.healAll(System.nanoTime());
            kills = director.kills();
            faults = chaos.faults();
        }
    }

    private void start(Load load) {
        for (Service service : stage.cast().services()) {
            String path = DemoConfiguration.path(service);
            switch (service.protocol()) {
                case HTTP -> load.http(stage.http(), path + "/hello", script.rate());
                case GRPC -> load.grpc(stage.http(), service::hurtLately);
                case WEBSOCKET -> load.webSocket(stage.http(), path, service::hurtLately);
                case TCP -> load.tcp(stage.tcp(), service::hurtLately);
            }
            recents.add(new Recent(service, load.tally(service.protocol())));
        }
    }

    /** Users send traffic to what is ready, and so does the demo. Its load bears a Parley that is not, only slower. */
    private void awaitReady() throws InterruptedException {
        long deadline = System.nanoTime() + READY_LIMIT.toNanos();
        while (System.nanoTime() < deadline && !over.await(READY_POLL_MS, TimeUnit.MILLISECONDS)) {
            try (HttpConnection connection = new HttpConnection(stage.admin())) {
                if (connection.get("/readyz").status() == 200) {
                    return;
                }
            } catch (IOException notYet) {
                // The next answer will come.
            }
        }
    }

    private boolean isOver(long startNs) throws InterruptedException {
        long leftNs = script.length()
                .map(time -> startNs + time.toNanos() - System.nanoTime())
                .orElse(Long.MAX_VALUE);
        return over.await(Math.min(FRAME.toNanos(), Math.max(0, leftNs)), TimeUnit.NANOSECONDS) || leftNs <= 0;
    }

    private void takeKeys(Screen screen, Director director, Chaos chaos) {
        for (Optional<String> key = screen.key(); key.isPresent(); key = screen.key()) {
            switch (key.get()) {
                case "k" -> director.kill();
                case "r" -> director.restart();
                case "c" -> chaos.toggle(System.nanoTime());
                case "q" -> end();
                default -> Fault.of(key.get()).ifPresent(fault -> chaos.strike(fault, System.nanoTime()));
            }
        }
    }

    private void observe(Observer observer) {
        observer.look();
        recents.forEach(recent -> recent.mark(System.nanoTime()));
    }

    private boolean summarize(PrintWriter out, Picture picture, long startNs) {
        long nowNs = System.nanoTime();
        out.println();
        out.println("In %d s:".formatted(Duration.ofNanos(nowNs - startNs).toSeconds()));
        picture.summary(nowNs).forEach(out::println);
        boolean clean =
                recents.stream().map(Recent::tally).allMatch(tally -> tally.failures() == 0 && tally.requests() > 0);
        String killed = switch (kills) {
            case 0 -> "no endpoint was killed";
            case 1 -> "one endpoint was killed with kill -9";
            default -> "%d endpoints were killed with kill -9".formatted(kills);
        };
        String done = faults == 0 ? killed : "%d faults, of seed %d".formatted(faults, script.seed());
        out.println("%s; %s.".formatted(clean ? "No request failed" : "Requests failed", done));
        out.flush();
        return clean;
    }
}
