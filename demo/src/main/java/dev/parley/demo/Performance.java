package dev.parley.demo;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One demo from its first request to its summary: load, figures, keys, kills. Only {@link #end} is for other threads. */
final class Performance {
    private static final Duration FRAME = Duration.ofMillis(500);
    private static final Duration RATE_WINDOW = Duration.ofSeconds(3);
    private static final Duration READY_LIMIT = Duration.ofSeconds(20);
    private static final long READY_POLL_MS = 50;

    private final Stage stage;
    private final int rate;
    private final Duration killCycle;
    private final Optional<Duration> length;
    private final CountDownLatch over = new CountDownLatch(1);
    private final Scoreboard scoreboard = new Scoreboard();
    private final Deque<Mark> marks = new ArrayDeque<>();
    private Map<String, String> reasons = Map.of();
    private @Nullable HttpConnection admin;

    /** What the clients had seen by a moment. */
    private record Mark(long atNs, long requests, Latencies latencies) {}

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
        Table table = new Table(
                terminal && System.getenv().getOrDefault("NO_COLOR", "").isEmpty());
        List<String> addresses = addresses();
        addresses.forEach(out::println);
        out.println();
        out.println("Waiting until Parley is warm and says that it is ready ...");
        out.flush();
        awaitReady();
        List<String> paths = stage.cast().services().keySet().stream()
                .filter(service -> !service.equals(Cast.TCP_SERVICE))
                .map(service -> "/" + service + "/hello")
                .toList();
        long startNs = System.nanoTime();
        Load load = Load.start(stage.http(), paths, rate);
        int kills;
        try (Screen screen = new Screen(out, terminal ? Keys.open() : Optional.empty());
                Director director = new Director(stage.cast(), killCycle, startNs, screen::event);
                load) {
            load.addEchoes(stage.tcp());
            while (!isOver(startNs)) {
                director.turn(System.nanoTime());
                takeKeys(screen, director);
                observe(load);
                show(screen, table, addresses, load, director, startNs);
            }
            kills = director.kills();
        }
        observe(load);
        return summarize(out, table, load, kills, Duration.ofNanos(System.nanoTime() - startNs));
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
        for (Optional<Character> key = screen.key(); key.isPresent(); key = screen.key()) {
            switch (key.get()) {
                case 'k' -> director.kill();
                case 'r' -> director.restart();
                case 'q' -> end();
                default -> {
                    // The picture says which keys there are.
                }
            }
        }
    }

    /** Asks Parley for its figures. Where it does not answer the picture stays as it is, and the load tells the rest. */
    private void observe(Load load) {
        try {
            if (admin == null || !admin.keptAlive()) {
                admin = new HttpConnection(stage.admin());
            }
            scoreboard.add(
                    Snapshot.parse(System.nanoTime(), admin.get("/metrics").body()));
            reasons = Reasons.parse(admin.get("/status").body());
        } catch (IOException | NumberFormatException noAnswer) {
            admin = null;
        }
        marks.addLast(new Mark(
                System.nanoTime(),
                load.requests().requests(),
                load.requests().latencies().copy()));
        while (marks.size() > 2 && marks.getFirst().atNs() < System.nanoTime() - RATE_WINDOW.toNanos()) {
            marks.removeFirst();
        }
    }

    private void show(Screen screen, Table table, List<String> addresses, Load load, Director director, long startNs) {
        long elapsed = Duration.ofNanos(System.nanoTime() - startNs).toSeconds();
        String http = table.http(lately(load.requests()));
        String tcp = table.tcp(load.echoes());
        List<String> picture = new ArrayList<>();
        picture.add("Parley demo %4ds   k kill an endpoint   r restart what is dead   q quit".formatted(elapsed));
        picture.add("");
        picture.add(http);
        picture.add(tcp);
        picture.add("");
        picture.addAll(table.rows(scoreboard.rows(stage.cast().services(), reasons)));
        picture.add("");
        picture.addAll(director.events());
        picture.addAll(addresses);
        screen.show(picture, "%4ds  %s\n       %s".formatted(elapsed, http, tcp));
    }

    /** The totals, with rate and latencies of the last seconds. */
    private Table.Totals lately(Tally tally) {
        Mark first = marks.getFirst();
        Mark last = marks.getLast();
        Latencies added = last.latencies().since(first.latencies());
        return new Table.Totals(
                marks.size() < 2 ? 0 : (last.requests() - first.requests()) * 1e9 / (last.atNs() - first.atNs()),
                tally.requests(),
                tally.failures(),
                added.quantile(0.50),
                added.quantile(0.99));
    }

    /** A line for each address that can be tried by hand. */
    private List<String> addresses() {
        List<String> lines = new ArrayList<>();
        String http = hostAndPort(stage.http());
        String admin = hostAndPort(stage.admin());
        for (String service : stage.cast().services().keySet()) {
            lines.add(
                    service.equals(Cast.TCP_SERVICE)
                            ? "  echo hello | curl -s -m 1 telnet://" + hostAndPort(stage.tcp())
                            : "  curl http://%s/%s".formatted(http, service));
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

    private boolean summarize(PrintWriter out, Table table, Load load, int kills, Duration elapsed) {
        Tally requests = load.requests();
        Tally echoes = load.echoes();
        out.println();
        table.rows(scoreboard.rows(stage.cast().services(), reasons)).forEach(out::println);
        out.println();
        out.println("In %d s:".formatted(elapsed.toSeconds()));
        out.println(table.http(new Table.Totals(
                requests.requests() / Math.max(1e-9, elapsed.toNanos() / 1e9),
                requests.requests(),
                requests.failures(),
                requests.latencies().quantile(0.50),
                requests.latencies().quantile(0.99))));
        out.println(table.tcp(echoes));
        requests.reasons().forEach((reason, count) -> out.println("  %d failed: %s".formatted(count, reason)));
        echoes.reasons().forEach((reason, count) -> out.println("  %d failed: %s".formatted(count, reason)));
        boolean clean = requests.failures() + echoes.failures() == 0 && requests.requests() > 0;
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
