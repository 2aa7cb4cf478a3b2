package dev.parley.demo;

import dev.parley.cli.terminal.FullScreen;
import dev.parley.cli.terminal.Ink;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** One demo from its first request to its summary: load, figures, keys, kills. Only {@link #end} is for other threads. */
final class Performance {
    private static final Duration FRAME = Duration.ofMillis(500);
    private static final Duration READY_LIMIT = Duration.ofSeconds(20);
    private static final long READY_POLL_MS = 50;

    private final Stage stage;
    private final int rate;
    private final Duration killCycle;
    private final Optional<Duration> length;
    private final CountDownLatch over = new CountDownLatch(1);
    private final List<Recent> recents = new ArrayList<>();

    /**
     * @param rate HTTP requests a second
     * @param killCycle from one kill to the next; zero for none
     * @param length how long the load lasts; until it is ended where there is none
     */
    Performance(Stage stage, int rate, Duration killCycle, Optional<Duration> length) {
        this.stage = stage;
        this.rate = rate;
        this.killCycle = killCycle;
        this.length = length;
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
        Table table = new Table(ink);
        List<String> addresses = addresses();
        addresses.forEach(out::println);
        out.println();
        out.println("Waiting until Parley is warm and says that it is ready ...");
        out.flush();
        awaitReady();
        long startNs = System.nanoTime();
        try (Observer observer = new Observer(stage.admin(), stage.cast().services(), ink)) {
            int kills = perform(out, table, observer, addresses, terminal, startNs);
            observe(observer);
            return summarize(out, table, observer, kills, startNs);
        }
    }

    private int perform(
            PrintWriter out, Table table, Observer observer, List<String> addresses, boolean terminal, long startNs)
            throws InterruptedException {
        Load load = new Load();
        try (Screen screen = new Screen(out, terminal ? FullScreen.open(out) : Optional.empty());
                Director director = new Director(stage.cast(), killCycle, startNs, screen::event);
                load) {
            start(load);
            while (!isOver(startNs)) {
                director.turn(System.nanoTime());
                takeKeys(screen, director);
                observe(observer);
                show(screen, table, observer, addresses, director, startNs);
            }
            return director.kills();
        }
    }

    private void start(Load load) {
        for (Service service : stage.cast().services()) {
            String path = DemoConfiguration.path(service);
            switch (service.protocol()) {
                case HTTP -> load.http(stage.http(), path + "/hello", rate);
                case GRPC -> load.grpc(stage.http(), service::killedLately);
                case WEBSOCKET -> load.webSocket(stage.http(), path, service::killedLately);
                case TCP -> load.tcp(stage.tcp(), service::killedLately);
            }
            recents.add(new Recent(service.protocol(), load.tally(service.protocol())));
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
        long leftNs =
                length.map(time -> startNs + time.toNanos() - System.nanoTime()).orElse(Long.MAX_VALUE);
        return over.await(Math.min(FRAME.toNanos(), Math.max(0, leftNs)), TimeUnit.NANOSECONDS) || leftNs <= 0;
    }

    private void takeKeys(Screen screen, Director director) {
        for (Optional<String> key = screen.key(); key.isPresent(); key = screen.key()) {
            switch (key.get()) {
                case "k" -> director.kill();
                case "r" -> director.restart();
                case "q" -> end();
                default -> {
                    // The picture says which keys there are.
                }
            }
        }
    }

    private void observe(Observer observer) {
        observer.look();
        recents.forEach(recent -> recent.mark(System.nanoTime()));
    }

    private void show(
            Screen screen, Table table, Observer observer, List<String> addresses, Director director, long startNs) {
        long elapsed = Duration.ofNanos(System.nanoTime() - startNs).toSeconds();
        List<String> clients = table.load(recents.stream()
                .map(recent -> recent.lately(retries(observer, recent.protocol())))
                .toList());
        List<String> picture = new ArrayList<>();
        picture.add("Parley demo %4ds   k kill an endpoint   r restart what is dead   q quit".formatted(elapsed));
        picture.add("");
        picture.addAll(clients);
        picture.add("");
        picture.addAll(observer.tables(screen.width()));
        picture.add("");
        picture.addAll(director.events());
        picture.addAll(addresses);
        screen.show(picture, "%4ds%n%s".formatted(elapsed, String.join("\n", clients)));
    }

    private long retries(Observer observer, Protocol protocol) {
        return observer.retries(stage.cast().service(protocol).name());
    }

    /** A line for each address that can be tried by hand. */
    private List<String> addresses() {
        List<String> lines = new ArrayList<>();
        String http = hostAndPort(stage.http());
        String admin = hostAndPort(stage.admin());
        for (Service service : stage.cast().services()) {
            String path = DemoConfiguration.path(service);
            lines.add(
                    switch (service.protocol()) {
                        case HTTP -> "  curl http://%s%s".formatted(http, path);
                        case GRPC ->
                            "  curl --http2-prior-knowledge -H content-type:application/grpc -d '' -o - http://%s%s"
                                    .formatted(http, GrpcService.METHOD);
                        case WEBSOCKET -> "  websocat ws://%s%s".formatted(http, path);
                        case TCP -> "  echo hello | curl -s -m 1 telnet://" + hostAndPort(stage.tcp());
                    });
        }
        for (String path : List.of("/metrics", "/status", "/readyz")) {
            lines.add("  curl http://" + admin + path);
        }
        lines.add("  cat " + stage.folder().resolve("parley.yaml"));
        lines.add("  tail -f " + stage.folder().resolve("access.log"));
        return lines;
    }

    private static String hostAndPort(InetSocketAddress address) {
        return address.getAddress().getHostAddress() + ":" + address.getPort();
    }

    private boolean summarize(PrintWriter out, Table table, Observer observer, int kills, long startNs) {
        long nowNs = System.nanoTime();
        out.println();
        observer.tables(Observer.PRINTED_WIDTH).forEach(out::println);
        out.println();
        out.println("In %d s:".formatted(Duration.ofNanos(nowNs - startNs).toSeconds()));
        table.load(recents.stream()
                        .map(recent -> recent.overall(nowNs, retries(observer, recent.protocol())))
                        .toList())
                .forEach(out::println);
        boolean clean = true;
        for (Recent recent : recents) {
            Tally tally = recent.tally();
            tally.reasons()
                    .forEach((reason, count) -> out.println(
                            "  %s: %d failed: %s".formatted(recent.protocol().label(), count, reason)));
            clean &= tally.failures() == 0 && tally.requests() > 0;
        }
        String killed = switch (kills) {
            case 0 -> "no endpoint was killed";
            case 1 -> "one endpoint was killed with kill -9";
            default -> "%d endpoints were killed with kill -9".formatted(kills);
        };
        out.println("%s; %s.".formatted(clean ? "No request failed" : "Requests failed", killed));
        out.flush();
        return clean;
    }
}
