package dev.parley.demo;

import dev.parley.cli.terminal.FullScreen;
import dev.parley.cli.terminal.Ink;
import dev.parley.cli.terminal.Ink.Tone;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What the demo shows, as lines: keys, failures so far, what clients see, what Parley says of itself, and what happened. */
final class Picture {
    private static final int PARLEYS_EVENTS = 5;

    /** Lines of a terminal that has room for the services and the addresses too. */
    private static final int TALL = 34;

    private final Table table;
    private final Ink ink;
    private final Observer observer;
    private final List<Recent> recents;
    private final List<String> addresses;

    Picture(Ink ink, Observer observer, List<Recent> recents, List<String> addresses) {
        this.table = new Table(ink);
        this.ink = ink;
        this.observer = observer;
        this.recents = recents;
        this.addresses = addresses;
    }

    /** The whole picture for a terminal of this size; a small one has no room for all of it. */
    List<String> lines(Duration elapsed, Chaos chaos, Director director, FullScreen.Size size) {
        boolean tall = size.height() >= TALL;
        List<String> lines = new ArrayList<>();
        lines.add("Parley demo %4ds   k kill   r restart   c chaos: %s   1-7 one fault   q quit"
                .formatted(elapsed.toSeconds(), chaos.on() ? "on" : "off"));
        lines.add(tally(chaos));
        lines.addAll(clients());
        if (tall) {
            lines.addAll(observer.services(size.width()));
        }
        lines.addAll(observer.endpoints(size.width()));
        List<String> events = director.events();
        lines.addAll(tall ? events : events.subList(Math.max(0, events.size() - 2), events.size()));
        lines.addAll(observer.events(tall ? PARLEYS_EVENTS : 2, size.width()));
        lines.addAll(addresses);
        return lines;
    }

    /** One look at it where there is no terminal. */
    String plain(Duration elapsed, Chaos chaos) {
        return "%4ds %s%n%s".formatted(elapsed.toSeconds(), tally(chaos), String.join("\n", clients()));
    }

    private String tally(Chaos chaos) {
        long failures =
                recents.stream().mapToLong(recent -> recent.tally().failures()).sum();
        long requests =
                recents.stream().mapToLong(recent -> recent.tally().requests()).sum();
        String faults = chaos.faults() == 0 ? "" : "   faults: %d, of seed %d".formatted(chaos.faults(), chaos.seed());
        return ink.paint(
                failures == 0 ? Tone.GOOD : Tone.BAD,
                "failed requests: %d of %d%s".formatted(failures, requests, faults));
    }

    private List<String> clients() {
        return table.load(recents.stream()
                .map(recent -> recent.lately(observer.retries(recent.service())))
                .toList());
    }

    /** What came of all, once it is over. */
    List<String> summary(long nowNs) {
        List<String> lines = new ArrayList<>(observer.services(Observer.PRINTED_WIDTH));
        lines.addAll(observer.endpoints(Observer.PRINTED_WIDTH));
        lines.add("");
        lines.addAll(table.load(recents.stream()
                .map(recent -> recent.overall(nowNs, observer.retries(recent.service())))
                .toList()));
        for (Recent recent : recents) {
            recent.tally()
                    .reasons()
                    .forEach((reason, count) -> lines.add(
                            "  %s: %d failed: %s".formatted(recent.protocol().label(), count, reason)));
        }
        return lines;
    }

    /** A line for each address of a stage that can be tried by hand. */
    static List<String> addresses(Stage stage) {
        List<String> lines = new ArrayList<>();
        String http = hostAndPort(stage.http());
        String admin = hostAndPort(stage.admin());
        lines.add("  parley top --admin " + admin);
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
}
