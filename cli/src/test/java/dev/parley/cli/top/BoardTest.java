package dev.parley.cli.top;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.cli.status.LiveStatus;
import dev.parley.cli.status.LiveStatus.EndpointState;
import dev.parley.cli.status.LiveStatus.Happened;
import dev.parley.cli.status.LiveStatus.Lately;
import dev.parley.cli.status.LiveStatus.RouteState;
import dev.parley.cli.status.LiveStatus.ServiceState;
import dev.parley.cli.terminal.FullScreen;
import dev.parley.cli.terminal.Ink;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BoardTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final FullScreen.Size SMALL = new FullScreen.Size(80, 24);
    private final Board board = new Board("127.0.0.1:9901", ZoneOffset.UTC, new Ink(false));

    private static EndpointState endpoint(String service, String address, String state, double success, double p99) {
        boolean ejected = state.equals("ejected");
        return new EndpointState(
                service,
                address,
                state,
                state.equals("up") ? "" : ejected ? "7 failures in a row" : "connection refused",
                NOW.minusSeconds(42),
                ejected ? Optional.of(NOW.plusSeconds(4)) : Optional.empty(),
                ejected ? 2 : 0,
                "a",
                address.endsWith("3") ? 1 : 0,
                1,
                3,
                12,
                4.2,
                new Lately(state.equals("up") ? 123.4 : 0, success, 3.1, p99));
    }

    private static ServiceState service(String name, String breaker, boolean panic, List<EndpointState> endpoints) {
        return new ServiceState(
                name,
                new Lately(250, 0.9995, 3.1, 42.7),
                6,
                panic,
                breaker,
                breaker.equals("closed") ? "" : "96 % of 512 calls failed in 10s",
                NOW.minusSeconds(3),
                1000,
                40,
                1.5,
                0.02,
                0,
                breaker.equals("open") ? 120 : 0,
                endpoints);
    }

    private static LiveStatus status(List<ServiceState> services, List<Happened> events) {
        return new LiveStatus(
                "0.1.0",
                NOW.minusSeconds(192),
                NOW,
                3,
                "a",
                List.of(),
                services,
                List.of(
                        new RouteState("orders", "critical_plus", 500, new Lately(250, 1, 3.1, 42.7), 0.2, 0),
                        new RouteState("report", "sheddable", 0, new Lately(0, 1, 0, 0), 0, 4)),
                events);
    }

    private static LiveStatus usual() {
        return status(
                List.of(
                        service(
                                "orders",
                                "closed",
                                false,
                                List.of(
                                        endpoint("orders", "127.0.0.1:9001", "up", 1, 42),
                                        endpoint("orders", "127.0.0.1:9002", "ejected", 1, 0),
                                        endpoint("orders", "127.0.0.1:9003", "up", 0.97, 8))),
                        service(
                                "payments",
                                "open",
                                true,
                                List.of(endpoint("payments", "127.0.0.1:9004", "unreachable", 1, 0)))),
                List.of(
                        new Happened(
                                NOW.minusSeconds(1),
                                "endpoint_ejected",
                                "orders",
                                "127.0.0.1:9002",
                                "7 failures in a row"),
                        new Happened(
                                NOW.minusSeconds(3),
                                "breaker_opened",
                                "payments",
                                "",
                                "96 % of 512 calls failed in 10s")));
    }

    @Test
    void fitsTheUsualTerminal() {
        Board.Picture picture = board.picture(usual(), Board.Choice.USUAL, "", SMALL);

        assertThat(String.join("\n", picture.lines())).isEqualTo("""
                Parley 0.1.0 at 127.0.0.1:9901  up 3m12s  500.0 req/s  2/4 endpoints up  revisi…
                SERVICE    REQ/S SUCCESS     P99  BUSY  LIMIT RETRY/S BUDGET BREAKER   UP
                payments   250.0   99.9% 42.7 ms     6   1000     1.5    98% open 3s   0/1 PANIC
                orders     250.0   99.9% 42.7 ms     6   1000     1.5    98% closed    2/3
                ROUTE      REQ/S SUCCESS     P50     P99  BUDGET OVER/S LIMITED/S CRITICALITY
                orders     250.0  100.0%  3.1 ms 42.7 ms  500 ms    0.2         - critical plus
                report       0.0       -       -       -       -      -       4.0 sheddable
                SERVICE  ADDRESS        STATE             REQ/S SUCCESS     P99 BUSY ZONE
                orders   127.0.0.1:9002 ejected 4s left     0.0       -       -    3 a
                payments 127.0.0.1:9004 unreachable 42s     0.0       -       -    3 a
                orders   127.0.0.1:9003 up                123.4   97.0%  8.0 ms    3 a/1
                orders   127.0.0.1:9001 up                123.4  100.0% 42.0 ms    3 a
                EVENTS
                11:59:59 endpoint ejected orders 127.0.0.1:9002 7 failures in a row
                11:59:57 breaker opened   payments              96 % of 512 calls failed in 10s""");
    }

    @Test
    void showsAllColumnsWhereThereIsRoom() {
        assertThat(String.join("\n", board.whole(usual(), Board.Choice.USUAL))).isEqualTo("""
                Parley 0.1.0 at 127.0.0.1:9901  up 3m12s  500.0 req/s  2/4 endpoints up  revision 3  zone a
                SERVICE    REQ/S SUCCESS     P50     P99  BUSY  LIMIT RETRY/S BUDGET HEDGE/S REFUSED/S BREAKER   UP
                payments   250.0   99.9%  3.1 ms 42.7 ms     6   1000     1.5    98%       -     120.0 open 3s   0/1 PANIC
                orders     250.0   99.9%  3.1 ms 42.7 ms     6   1000     1.5    98%       -         - closed    2/3
                ROUTE      REQ/S SUCCESS     P50     P99  BUDGET OVER/S LIMITED/S CRITICALITY
                orders     250.0  100.0%  3.1 ms 42.7 ms  500 ms    0.2         - critical plus
                report       0.0       -       -       -       -      -       4.0 sheddable
                SERVICE  ADDRESS        STATE             REQ/S SUCCESS     P50     P99 BUSY CONNS BELIEVED ZONE EJECTED WHY
                orders   127.0.0.1:9002 ejected 4s left     0.0       -  3.1 ms       -    3    12   4.2 ms a         2x 7 failures in a row
                payments 127.0.0.1:9004 unreachable 42s     0.0       -  3.1 ms       -    3    12   4.2 ms a          - connection refused
                orders   127.0.0.1:9003 up                123.4   97.0%  3.1 ms  8.0 ms    3    12   4.2 ms a/1        -
                orders   127.0.0.1:9001 up                123.4  100.0%  3.1 ms 42.0 ms    3    12   4.2 ms a          -
                EVENTS
                11:59:59 endpoint ejected orders 127.0.0.1:9002 7 failures in a row
                11:59:57 breaker opened   payments              96 % of 512 calls failed in 10s""");
    }

    private static LiveStatus large() {
        List<ServiceState> services = new ArrayList<>();
        List<Happened> events = new ArrayList<>();
        for (int s = 0; s < 40; s++) {
            List<EndpointState> endpoints = new ArrayList<>();
            for (int e = 0; e < 100; e++) {
                boolean down = s == 17 && e < 2;
                endpoints.add(endpoint(
                        "service-" + s, "10.0.%d.%d:8080".formatted(s, e), down ? "ejected" : "up", 1, s * 100 + e));
            }
            services.add(service("service-" + s, s == 30 ? "open" : "closed", false, endpoints));
            events.add(new Happened(NOW, "endpoint_up", "service-" + s, "10.0.0.1:8080", ""));
        }
        return status(services, events);
    }

    @Test
    void showsTheWorstOfThousandsFirstWithinAnyHeight() {
        for (int height : List.of(16, 17, 24, 40, 120)) {
            FullScreen.Size size = new FullScreen.Size(80, height);
            List<String> lines =
                    board.picture(large(), Board.Choice.USUAL, "", size).lines();
            assertThat(lines)
                    .hasSizeLessThan(height)
                    .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(80));
            String text = String.join("\n", lines);
            assertThat(text)
                    .contains("3998/4000 endpoints", "service-17 10.0.17.1:8080", "ejected 4s left", " more services");
            assertThat(lines.get(2)).startsWith("service-30").contains("open 3s");
        }
    }

    @Test
    void scrollsNoFurtherThanThereIs() {
        FullScreen.Size size = new FullScreen.Size(80, 24);
        Board.Choice end = new Board.Choice(Order.NAME, "", 1_000_000);
        assertThat(String.join("\n", board.picture(large(), end, "", size).lines()))
                .contains("10.0.39.99:8080");
        Board.Choice one = new Board.Choice(Order.NAME, "", 1);
        assertThat(board.picture(large(), one, "", size).lines())
                .anyMatch(line -> line.contains("10.0.0.1:8080"))
                .noneMatch(line -> line.contains("10.0.0.0:8080"));
    }

    @Test
    void filtersEndpointsAndEvents() {
        Board.Choice choice = new Board.Choice(Order.WORST, "EJECTED", 0);
        assertThat(Board.endpoints(large(), choice)).hasSize(2);
        List<String> lines = board.whole(usual(), choice);
        assertThat(lines).noneMatch(line -> line.contains("9001")).noneMatch(line -> line.contains("breaker opened"));
        assertThat(lines).anyMatch(line -> line.contains("endpoint ejected"));
    }

    @Test
    void sortsByWhatIsAskedFor() {
        List<String> byP99 = Board.endpoints(usual(), new Board.Choice(Order.P99, "", 0)).stream()
                .map(EndpointState::address)
                .toList();
        assertThat(byP99).startsWith("127.0.0.1:9001", "127.0.0.1:9003");
        List<String> worst = Board.endpoints(usual(), Board.Choice.USUAL).stream()
                .map(EndpointState::address)
                .toList();
        assertThat(worst).containsExactly("127.0.0.1:9002", "127.0.0.1:9004", "127.0.0.1:9003", "127.0.0.1:9001");
        Order order = Order.WORST;
        for (int i = 0; i < Order.values().length; i++) {
            order = order.next();
        }
        assertThat(order).isEqualTo(Order.WORST);
    }

    @Test
    void saysThatThePictureIsOldAndThatAConfigurationWasRejected() {
        LiveStatus usual = usual();
        LiveStatus rejected = new LiveStatus(
                usual.version(),
                usual.started(),
                usual.now(),
                usual.revision(),
                usual.zone(),
                List.of("parley.yaml:3: no such service\nmore"),
                usual.services(),
                usual.routes(),
                usual.events());
        List<String> lines = board.picture(rejected, Board.Choice.USUAL, "NOT REACHABLE for 3s", SMALL)
                .lines();
        assertThat(lines.get(1)).isEqualTo("NOT REACHABLE for 3s");
        assertThat(lines.get(2)).isEqualTo("configuration rejected: parley.yaml:3: no such service");
        assertThat(lines).hasSizeLessThan(24);
    }

    @Test
    void nothingThatAnEndpointSaidReachesTheTerminalAsACommand() {
        LiveStatus status = status(
                List.of(service(
                        "orders", "closed", false, List.of(endpoint("orders", "127.0.0.1:9001\u001b[2J", "up", 1, 1)))),
                List.of(new Happened(NOW, "endpoint_down", "orders", "x", "said \u001b]0;owned\u0007 \u009b2J")));
        assertThat(String.join("", board.whole(status, Board.Choice.USUAL)))
                .contains("127.0.0.1:9001?[2J", "said ?]0;owned? ?2J")
                .doesNotContain("\u001b", "\u0007", "\u009b");
    }

    @Test
    void colorsOnlyWhereColorIsWanted() {
        String plain = String.join("\n", board.whole(usual(), Board.Choice.USUAL));
        Board painting = new Board("127.0.0.1:9901", ZoneOffset.UTC, new Ink(true));
        String painted = String.join("\n", painting.whole(usual(), Board.Choice.USUAL));
        assertThat(plain).doesNotContain("\u001b");
        assertThat(painted).contains("\u001b[31mejected 4s left\u001b[0m");
        assertThat(painted.replaceAll("\u001b\\[\\d*m", "")).isEqualTo(plain);
    }
}
