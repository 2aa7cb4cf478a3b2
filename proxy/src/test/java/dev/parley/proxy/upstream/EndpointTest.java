package dev.parley.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.parley.model.Balance;
import dev.parley.model.EndpointAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class EndpointTest {
    private static final long MS = 1_000_000;
    private static final Balance DEFAULTS = Balance.by("p2c_ewma");

    private final EndpointRegistry registry = new EndpointRegistry();
    private final Endpoint endpoint = obtain("payments", "127.0.0.1:9001");

    @Test
    void costsNothingBeforeItsFirstRequestAndInitialLatencyUntilItsAnswer() {
        assertThat(endpoint.cost(0)).isZero();
        endpoint.begin();
        assertThat(endpoint.cost(0)).isEqualTo(2 * 30.0 * MS);
    }

    @Test
    void firstAnswerReplacesInitialLatency() {
        endpoint.observe(2 * MS, 10 * MS);
        assertThat(endpoint.cost(10 * MS)).isEqualTo(2.0 * MS);
    }

    @Test
    void slowAnswerCountsAtOnceAndFastOneByTime() {
        endpoint.observe(MS, MS);
        endpoint.observe(80 * MS, 2 * MS);
        assertThat(endpoint.cost(2 * MS)).isEqualTo(80.0 * MS);
        endpoint.observe(MS, 3 * MS);
        assertThat(endpoint.cost(3 * MS)).isBetween(79.9 * MS, 80.0 * MS);
    }

    @Test
    void aWaitThatAClientGaveUpCountsWhereItIsLongerThanWhatIsBelieved() {
        endpoint.gaveUp(500 * MS, MS);
        assertThat(endpoint.cost(MS)).as("nothing was believed").isZero();
        endpoint.observe(10 * MS, 2 * MS);
        endpoint.gaveUp(5 * MS, 3 * MS);
        assertThat(endpoint.cost(3 * MS)).as("it left too soon to tell").isBetween(9.9 * MS, 10.0 * MS);
        endpoint.gaveUp(500 * MS, 4 * MS);
        assertThat(endpoint.cost(4 * MS)).isEqualTo(500.0 * MS);
        assertThat(endpoint.outcomes().answers()).isEqualTo(2);
    }

    @Test
    void oneErrorAmongThousandsDoesNotBanish() {
        long now = answersEachMillisecond(5_000);
        endpoint.observeFailure(now + MS, Endpoint.Failure.ANSWER);
        assertThat(endpoint.cost(now + MS)).isBetween(1.2 * MS, 2.0 * MS);
    }

    @Test
    void failingFastLooksSlowWithinAFractionOfASecond() {
        long now = answersEachMillisecond(5_000);
        for (int i = 1; i <= 200; i++) {
            endpoint.observeFailure(now + i * MS, Endpoint.Failure.ANSWER);
        }
        assertThat(endpoint.cost(now + 200 * MS)).isGreaterThan(90.0 * MS);
    }

    @Test
    void transportFailureCountsAsFailureLatencyAtOnce() {
        long now = answersEachMillisecond(100);
        endpoint.observeFailure(now, Endpoint.Failure.TRANSPORT);
        assertThat(endpoint.cost(now)).isEqualTo(5_000.0 * MS);
    }

    @Test
    void isForgivenByTimeAlone() {
        endpoint.observe(5_000 * MS, 0);
        assertThat(endpoint.cost(10_000 * MS)).isCloseTo(5_000 * MS / Math.E, within(5.0 * MS));
        assertThat(endpoint.cost(90_000 * MS)).isLessThan(1.0 * MS);
    }

    @Test
    void decayIsCloseToExponentialAndAlwaysFalls() {
        double before = 1;
        for (double x = 0.001; x < 40; x += 0.001) {
            double remaining = PeakEwma.remaining(x);
            assertThat(remaining).as("x = %s", x).isBetween(0.0, before);
            if (x < 8) {
                assertThat(remaining / Math.exp(-x)).as("x = %s", x).isBetween(0.99, 1.05);
            }
            before = remaining;
        }
        assertThat(PeakEwma.remaining(-1)).isEqualTo(1);
    }

    @Test
    void beliefStaysWithinTheSamplesOfThreadsThatMeet() throws InterruptedException {
        meet(4, thread -> {
            for (int i = 0; i < 50_000; i++) {
                endpoint.observe((1 + thread) * MS, i * 1_000L);
            }
        });
        assertThat(endpoint.cost(50 * MS)).isBetween(0.9 * MS, 4.0 * MS);
    }

    @Test
    void returnsFromAnOutageWithoutItsLatency() {
        endpoint.observeFailure(0, Endpoint.Failure.TRANSPORT);
        assertThat(endpoint.takeDown(Endpoint.Cause.UNREACHABLE, "connection refused", 5))
                .isTrue();
        assertThat(endpoint.takeDown(Endpoint.Cause.UNREACHABLE, "no route to host", 6))
                .isFalse();
        assertThat(endpoint.available()).isFalse();
        assertThat(endpoint.standing())
                .isEqualTo(new Endpoint.Standing(Endpoint.Cause.UNREACHABLE, "connection refused", 5));
        endpoint.bringUp(9);
        assertThat(endpoint.available()).isTrue();
        assertThat(endpoint.standing().sinceNs()).isEqualTo(9);
        assertThat(endpoint.cost(9)).isZero();
    }

    @Test
    void healthAndEjectionDoNotOverruleEachOther() {
        endpoint.eject(Endpoint.Cause.EJECTED, "5 failures in a row", 1);
        assertThat(endpoint.standing())
                .isEqualTo(new Endpoint.Standing(Endpoint.Cause.EJECTED, "5 failures in a row", 1));
        endpoint.takeDown(Endpoint.Cause.UNHEALTHY, "status 503", 2);
        assertThat(endpoint.standing())
                .isEqualTo(
                        new Endpoint.Standing(Endpoint.Cause.UNHEALTHY, "status 503; ejected: 5 failures in a row", 2));
        endpoint.bringUp(3);
        assertThat(endpoint.standing().cause()).isEqualTo(Endpoint.Cause.EJECTED);
        assertThat(endpoint.available()).isFalse();
        endpoint.takeDown(Endpoint.Cause.UNHEALTHY, "status 503", 4);
        endpoint.eject(Endpoint.Cause.PROBING, "5 failures in a row", 5);
        assertThat(endpoint.standing().cause()).isEqualTo(Endpoint.Cause.UNHEALTHY);
        endpoint.bringUp(6);
        assertThat(endpoint.standing())
                .isEqualTo(new Endpoint.Standing(Endpoint.Cause.PROBING, "5 failures in a row", 6));
        assertThat(endpoint.available()).isTrue();
        endpoint.eject(Endpoint.Cause.UP, "", 7);
        assertThat(endpoint.standing()).isEqualTo(new Endpoint.Standing(Endpoint.Cause.UP, "", 7));
    }

    @Test
    void unhealthyMayTurnOutUnreachableAndNotTheOtherWayRound() {
        assertThat(endpoint.takeDown(Endpoint.Cause.UNHEALTHY, "status 503", 1)).isTrue();
        assertThat(endpoint.takeDown(Endpoint.Cause.UNREACHABLE, "connection refused", 2))
                .isTrue();
        assertThat(endpoint.takeDown(Endpoint.Cause.UNHEALTHY, "status 503", 3)).isFalse();
        assertThat(endpoint.standing())
                .isEqualTo(new Endpoint.Standing(Endpoint.Cause.UNREACHABLE, "connection refused", 2));
    }

    @Test
    void opensNoMoreConnectionsThanItsLimit() throws InterruptedException {
        AtomicInteger opened = new AtomicInteger();
        meet(4, thread -> {
            for (int i = 0; i < 1_000; i++) {
                if (endpoint.tryOpen(100)) {
                    opened.incrementAndGet();
                }
            }
        });
        assertThat(opened.get()).isEqualTo(100);
        assertThat(endpoint.connections()).isEqualTo(100);
        endpoint.closed();
        assertThat(endpoint.tryOpen(100)).isTrue();
        assertThat(endpoint.tryOpen(100)).isFalse();
    }

    @Test
    void countsWhatIsInFlightForItselfAndItsService() {
        Endpoint other = obtain("payments", "127.0.0.1:9002");
        Endpoint elsewhere = obtain("orders", "127.0.0.1:9001");
        endpoint.begin();
        endpoint.begin();
        other.begin();
        endpoint.end();
        assertThat(endpoint.inFlight()).isEqualTo(1);
        assertThat(endpoint.serviceInFlight()).isEqualTo(2);
        assertThat(elsewhere.serviceInFlight()).isZero();
    }

    @Test
    void survivesConfigurationsThatHaveIt() {
        assertThat(obtain("payments", "127.0.0.1:9001")).isSameAs(endpoint);
        assertThat(obtain("orders", "127.0.0.1:9001")).isNotSameAs(endpoint);
    }

    @Test
    void isRetiredByAConfigurationWithoutIt() {
        Endpoint kept = obtain("payments", "127.0.0.1:9002");
        List<Endpoint> told = new ArrayList<>();
        registry.onRetired(told::add);
        registry.retain(Set.of(new EndpointRegistry.Key("payments", kept.address())));
        assertThat(told).containsExactly(endpoint);
        assertThat(endpoint.retired()).isTrue();
        assertThat(endpoint.available()).isFalse();
        assertThat(kept.available()).isTrue();
        Endpoint again = obtain("payments", "127.0.0.1:9001");
        assertThat(again).isNotSameAs(endpoint);
        assertThat(again.id()).isNotEqualTo(endpoint.id());
    }

    @Test
    void resolvesLiteralsAndLeavesNamesToDns() {
        assertThat(endpoint.resolved()).isEqualTo(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 9001));
        assertThat(obtain("s", "[::1]:80").resolved())
                .isEqualTo(new InetSocketAddress(InetAddress.ofLiteral("::1"), 80));
        assertThat(obtain("s", "unix:/run/a").resolved()).isEqualTo(UnixDomainSocketAddress.of("/run/a"));
        assertThat(obtain("s", "db.internal:80").resolved())
                .isEqualTo(InetSocketAddress.createUnresolved("db.internal", 80));
    }

    private long answersEachMillisecond(int count) {
        for (int i = 1; i <= count; i++) {
            endpoint.observe(MS, i * MS);
        }
        return count * MS;
    }

    private Endpoint obtain(String service, String address) {
        return registry.obtain(service, EndpointAddress.parse(address), DEFAULTS, 0);
    }

    private interface Work {
        void run(int thread);
    }

    private static void meet(int count, Work work) throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int thread = i;
            threads.add(Thread.ofPlatform().start(() -> work.run(thread)));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }
}
