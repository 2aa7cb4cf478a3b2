package dev.parley.proxy.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.model.Balance;
import dev.parley.model.EndpointAddress;
import dev.parley.model.HealthCheck;
import dev.parley.proxy.upstream.Endpoint;
import dev.parley.proxy.upstream.EndpointRegistry;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HealthMonitorTest {
    private record Change(Endpoint endpoint, HealthState from, HealthState to, String reason) {}

    private final List<Change> changes = new CopyOnWriteArrayList<>();
    private final HealthMonitor monitor = new HealthMonitor(
            (e, from, to, reason) -> changes.add(new Change(e, from, to, reason)), System::nanoTime, 1);
    private final EndpointRegistry registry = new EndpointRegistry();

    @AfterEach
    void stop() {
        monitor.close();
    }

    @Test
    void takesAKilledEndpointDownWithTheReasonAndBringsItBack() throws IOException {
        try (Checked service = Checked.onLoopback()) {
            Endpoint endpoint = watch(service, http());
            awaitState(endpoint, HealthState.UP);
            service.kill();
            awaitState(endpoint, HealthState.DOWN);
            assertThat(endpoint.available()).isFalse();
            assertThat(endpoint.standing().reason()).isEqualTo("connection refused");
            assertThat(endpoint.standing().cause()).isEqualTo(Endpoint.Cause.UNREACHABLE);
            service.start();
            awaitState(endpoint, HealthState.UP);
            assertThat(endpoint.available()).isTrue();
            assertThat(changes)
                    .containsExactly(
                            new Change(endpoint, HealthState.UNKNOWN, HealthState.UP, "its check passed"),
                            new Change(endpoint, HealthState.UP, HealthState.DOWN, "connection refused"),
                            new Change(endpoint, HealthState.DOWN, HealthState.UP, "its check passed"));
        }
    }

    @Test
    void asksAsAClientOfHttpWould() throws IOException {
        try (Checked service = Checked.onLoopback()) {
            Endpoint endpoint = watch(service, http());
            awaitState(endpoint, HealthState.UP);
            assertThat(service.requests.peek())
                    .startsWith("GET /healthz HTTP/1.1\r\nHost: " + endpoint.address() + "\r\n")
                    .contains("\r\nUser-Agent: parley-health\r\n");
        }
    }

    @Test
    void takesDownOnAWrongStatus() throws IOException {
        fallsWith("HTTP/1.1 503 Service Unavailable\r\n\r\n", "status 503, expected 200-399");
    }

    @Test
    void takesDownOnSilence() throws IOException {
        fallsWith(Checked.SILENCE, "no answer within 200ms");
    }

    @Test
    void takesDownOnWhatIsNotHttp() throws IOException {
        fallsWith("SSH-2.0-OpenSSH_9.9\r\n", "The server's status line is malformed.");
    }

    @Test
    void waitsBehindAnInterimAnswerForTheFinalOne() throws IOException {
        fallsWith("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 404 Not Found\r\n\r\n", "status 404, expected 200-399");
    }

    @Test
    void takesDownOnAnAnswerThatEndsEarly() throws IOException {
        fallsWith("HTTP/1.1", "closed without an answer");
    }

    @Test
    void checksUnixSockets(@TempDir Path folder) throws IOException {
        Path path = folder.resolve("s");
        try (Checked service = new Checked(UnixDomainSocketAddress.of(path))) {
            Endpoint endpoint =
                    registry.obtain("s", new EndpointAddress.Unix(path.toString()), Balance.by("random"), 0);
            monitor.watch(endpoint, http());
            awaitState(endpoint, HealthState.UP);
            assertThat(service.requests.peek()).contains("\r\nHost: localhost\r\n");
        }
    }

    @Test
    void failedConnectOfTrafficIsDownBeforeTheCallReturns() throws IOException {
        try (Checked service = Checked.onLoopback()) {
            Endpoint endpoint = watch(service, Optional.empty());
            service.kill();
            monitor.connectFailed(endpoint, "connection reset");
            assertThat(endpoint.available()).isFalse();
            assertThat(endpoint.standing().reason()).isEqualTo("connection reset");
            awaitState(endpoint, HealthState.DOWN);
            service.start();
            awaitState(endpoint, HealthState.UP);
            assertThat(changes)
                    .containsExactly(
                            new Change(endpoint, HealthState.UNKNOWN, HealthState.DOWN, "connection reset"),
                            new Change(endpoint, HealthState.DOWN, HealthState.UP, "its check passed"));
        }
    }

    @Test
    void whatFailsItsCheckIsUnhealthyUntilTrafficCannotReachIt() throws IOException {
        try (Checked service = Checked.onLoopback()) {
            service.answer = "HTTP/1.1 503 Service Unavailable\r\n\r\n";
            Endpoint endpoint = watch(service, http());
            awaitState(endpoint, HealthState.DOWN);
            assertThat(endpoint.standing().cause()).isEqualTo(Endpoint.Cause.UNHEALTHY);
            monitor.connectFailed(endpoint, "connection refused");
            assertThat(endpoint.standing().cause()).isEqualTo(Endpoint.Cause.UNREACHABLE);
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> changes.contains(
                            new Change(endpoint, HealthState.DOWN, HealthState.DOWN, "connection refused")));
        }
    }

    @Test
    void doesNotProbeWithoutACheckWhileInRotation() throws IOException {
        try (Checked idle = Checked.onLoopback();
                Checked busy = Checked.onLoopback()) {
            Endpoint unprobed = watch(idle, Optional.empty());
            watch(busy, http());
            await().until(() -> busy.accepted.get() >= 5);
            assertThat(idle.accepted.get()).isZero();
            assertThat(monitor.state(unprobed)).isEqualTo(HealthState.UNKNOWN);
            assertThat(unprobed.available()).isTrue();
        }
    }

    @Test
    void staysUpThroughFewerFailuresThanFall() throws IOException {
        try (Checked service = Checked.onLoopback()) {
            Endpoint endpoint = watch(service, check("/healthz", 1, 100));
            awaitState(endpoint, HealthState.UP);
            for (int round = 0; round < 3; round++) {
                awaitMoreChecks(service, "HTTP/1.1 500 Oops\r\n\r\n");
                awaitMoreChecks(service, Checked.OK);
            }
            assertThat(changes).hasSize(1);
            assertThat(endpoint.available()).isTrue();
        }
    }

    @Test
    void forgottenEndpointIsProbedNoMore() throws IOException {
        try (Checked forgotten = Checked.onLoopback();
                Checked kept = Checked.onLoopback()) {
            Endpoint endpoint = watch(forgotten, http());
            watch(kept, http());
            awaitState(endpoint, HealthState.UP);
            monitor.forget(endpoint);
            int settled = kept.accepted.get() + 2;
            await().until(() -> kept.accepted.get() >= settled);
            int before = forgotten.accepted.get();
            await().until(() -> kept.accepted.get() >= settled + 5);
            assertThat(forgotten.accepted.get()).isEqualTo(before);
            monitor.connectFailed(endpoint, "connection refused");
            assertThat(endpoint.available()).isTrue();
        }
    }

    @Test
    void forgottenWhileDownItFindsItsWayBackWhenWatchedAgain() throws IOException {
        try (Checked service = Checked.onLoopback()) {
            Endpoint endpoint = watch(service, Optional.empty());
            service.kill();
            monitor.connectFailed(endpoint, "connection refused");
            monitor.forget(endpoint);
            service.start();
            monitor.watch(endpoint, Optional.empty());
            await().until(endpoint::available);
        }
    }

    @Test
    void followsAChangedCheck() throws IOException {
        try (Checked service = Checked.onLoopback()) {
            Endpoint endpoint = watch(service, http());
            awaitState(endpoint, HealthState.UP);
            monitor.watch(endpoint, check("/other", 3, 2));
            await().until(() -> service.requests.stream().anyMatch(request -> request.startsWith("GET /other ")));
            assertThat(monitor.state(endpoint)).isEqualTo(HealthState.UP);
        }
    }

    @Test
    void silentEndpointsKeepNoOneElseFromBeingChecked() throws IOException {
        try (Checked silent = Checked.onLoopback();
                Checked well = Checked.onLoopback()) {
            silent.answer = Checked.SILENCE;
            for (int i = 0; i < HealthMonitor.MOST_PROBES + 10; i++) {
                monitor.watch(endpoint("s" + i, silent), http());
            }
            Endpoint endpoint = watch(well, http());
            awaitState(endpoint, HealthState.UP);
        }
    }

    @Test
    void anotherPortMayBeAsked() throws IOException {
        try (Checked service = Checked.onLoopback()) {
            int port = ((InetSocketAddress) service.address()).getPort();
            Endpoint endpoint = registry.obtain("s", new EndpointAddress.Inet("127.0.0.1", 1), Balance.by("random"), 0);
            monitor.watch(endpoint, http().map(check -> with(check, check.udp(), OptionalInt.of(port))));
            awaitState(endpoint, HealthState.UP);
        }
    }

    @Test
    void aDatagramThatIsNotRefusedPassesInSilence() throws IOException {
        Optional<HealthCheck> udp = check("tcp", 2, 3)
                .map(check -> with(check, Optional.of(HealthCheck.Datagram.ZERO), OptionalInt.empty()));
        Endpoint endpoint;
        try (DatagramSocket silent = new DatagramSocket(0, InetAddress.ofLiteral("127.0.0.1"))) {
            endpoint = registry.obtain(
                    "s", new EndpointAddress.Inet("127.0.0.1", silent.getLocalPort()), Balance.by("random"), 0);
            monitor.watch(endpoint, udp);
            awaitState(endpoint, HealthState.UP);
        }
        awaitState(endpoint, HealthState.DOWN);
        assertThat(endpoint.standing().reason()).isEqualTo("connection refused");
    }

    private static HealthCheck with(HealthCheck check, Optional<HealthCheck.Datagram> udp, OptionalInt port) {
        return new HealthCheck(
                check.http(),
                check.grpc(),
                check.host(),
                udp,
                port,
                check.status(),
                check.interval(),
                check.timeout(),
                check.rise(),
                check.fall());
    }

    @Test
    void namesThatDoNotResolveAreDownAndSaySo() {
        Endpoint endpoint = registry.obtain("s", new EndpointAddress.Inet("db.internal", 80), Balance.by("random"), 0);
        monitor.watch(endpoint, check("/healthz", 2, 1));
        awaitState(endpoint, HealthState.DOWN);
        assertThat(endpoint.standing().reason()).isEqualTo("the name db.internal does not resolve");
    }

    private void fallsWith(String answer, String reason) throws IOException {
        try (Checked service = Checked.onLoopback()) {
            service.answer = answer;
            Endpoint endpoint = watch(service, http());
            awaitState(endpoint, HealthState.DOWN);
            assertThat(endpoint.standing().reason()).isEqualTo(reason);
            service.answer = Checked.OK;
            awaitState(endpoint, HealthState.UP);
        }
    }

    private static void awaitMoreChecks(Checked service, String answer) {
        service.answer = answer;
        int enough = service.requests.size() + 3;
        await().until(() -> service.requests.size() >= enough);
    }

    private void awaitState(Endpoint endpoint, HealthState state) {
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            assertThat(monitor.state(endpoint)).isEqualTo(state);
            assertThat(changes)
                    .filteredOn(change -> change.endpoint == endpoint)
                    .last()
                    .extracting(Change::to)
                    .isEqualTo(state);
        });
    }

    private Endpoint watch(Checked service, Optional<HealthCheck> check) throws IOException {
        Endpoint endpoint = endpoint("s", service);
        monitor.watch(endpoint, check);
        return endpoint;
    }

    private Endpoint endpoint(String name, Checked service) {
        int port = ((InetSocketAddress) service.address()).getPort();
        return registry.obtain(name, new EndpointAddress.Inet("127.0.0.1", port), Balance.by("random"), 0);
    }

    private static Optional<HealthCheck> http() {
        return check("/healthz", 2, 3);
    }

    private static Optional<HealthCheck> check(String path, int rise, int fall) {
        HealthCheck defaults = HealthCheck.of(path);
        return Optional.of(new HealthCheck(
                defaults.http(),
                defaults.grpc(),
                defaults.host(),
                defaults.udp(),
                defaults.port(),
                defaults.status(),
                Duration.ofMillis(20),
                Duration.ofMillis(200),
                rise,
                fall));
    }
}
