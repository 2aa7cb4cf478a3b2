package dev.parley.proxy.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.model.HealthCheck;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HealthTrackTest {
    private static final Seen PASSED = new Seen.Passed();
    private static final Seen FAILED = new Seen.Failed("status 503");
    private static final Seen REFUSED = new Seen.ConnectFailed("connection refused");
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    /** Interval 2 s, fall 3, rise 2. */
    private final HealthTrack checked = new HealthTrack(HealthState.UNKNOWN, 0);

    private final HealthTrack unchecked = new HealthTrack(HealthState.UNKNOWN, 0);
    private long nowNs;

    HealthTrackTest() {
        checked.follow(Optional.of(HealthCheck.of("/healthz")));
    }

    @Test
    void fallsAfterThreeFailuresInARow() {
        see(checked, PASSED, FAILED, FAILED, PASSED, FAILED, FAILED);
        assertThat(checked.state()).isEqualTo(HealthState.UP);
        see(checked, FAILED);
        assertThat(checked.state()).isEqualTo(HealthState.DOWN);
    }

    @Test
    void risesAfterTwoPassesInARow() {
        see(checked, FAILED, FAILED, FAILED, PASSED, FAILED, PASSED);
        assertThat(checked.state()).isEqualTo(HealthState.DOWN);
        see(checked, PASSED);
        assertThat(checked.state()).isEqualTo(HealthState.UP);
    }

    @Test
    void newEndpointIsUpAfterOnePass() {
        see(checked, PASSED);
        assertThat(checked.state()).isEqualTo(HealthState.UP);
    }

    @Test
    void failedConnectIsDownAtOnceAndProbedAtOnce() {
        see(checked, PASSED, REFUSED);
        assertThat(checked.state()).isEqualTo(HealthState.DOWN);
        assertThat(checked.pauseNs(REFUSED, 0)).isZero();
    }

    @Test
    void looksFasterWhileUnsettled() {
        long interval = 2 * SECOND;
        long fast = SECOND / 2;
        assertThat(pauseAfter(checked, FAILED)).isEqualTo(fast);
        assertThat(pauseAfter(checked, PASSED)).isEqualTo(interval);
        assertThat(pauseAfter(checked, FAILED)).isEqualTo(fast);
        assertThat(pauseAfter(checked, FAILED)).isEqualTo(fast);
        assertThat(pauseAfter(checked, FAILED)).isEqualTo(interval);
        assertThat(pauseAfter(checked, PASSED)).isEqualTo(fast);
        assertThat(pauseAfter(checked, PASSED)).isEqualTo(interval);
        assertThat(pauseAfter(checked, REFUSED)).isZero();
        assertThat(pauseAfter(checked, FAILED)).isEqualTo(fast);
        assertThat(pauseAfter(checked, FAILED)).isEqualTo(fast);
        assertThat(pauseAfter(checked, FAILED)).isEqualTo(interval);
    }

    @Test
    void intervalsDifferByATenthEitherWay() {
        see(checked, PASSED);
        assertThat(checked.pauseNs(PASSED, -1)).isEqualTo(2 * SECOND * 9 / 10);
        assertThat(checked.pauseNs(PASSED, 1)).isEqualTo(2 * SECOND * 11 / 10);
    }

    @Test
    void withoutACheckItLooksOnlyWhileDownAndBacksOff() {
        assertThat(pauseAfter(unchecked, REFUSED)).isZero();
        assertThat(pauseAfter(unchecked, FAILED)).isEqualTo(SECOND);
        assertThat(pauseAfter(unchecked, FAILED)).isEqualTo(SECOND * 3 / 2);
        for (int i = 0; i < 10; i++) {
            see(unchecked, FAILED);
            unchecked.pauseNs(FAILED, 0);
        }
        assertThat(pauseAfter(unchecked, FAILED)).isEqualTo(10 * SECOND);
        assertThat(pauseAfter(unchecked, PASSED)).isEqualTo(HealthTrack.NEVER);
        assertThat(unchecked.state()).isEqualTo(HealthState.UP);
    }

    @Test
    void withoutACheckItReturnsMoreSlowlyWhenItFlaps() {
        assertThat(pauseAfter(unchecked, REFUSED)).isZero();
        see(unchecked, PASSED);
        nowNs += SECOND;
        assertThat(pauseAfter(unchecked, REFUSED)).isEqualTo(SECOND);
        see(unchecked, PASSED);
        nowNs += 11 * SECOND;
        assertThat(pauseAfter(unchecked, REFUSED)).isZero();
    }

    private void see(HealthTrack track, Seen... all) {
        for (Seen seen : all) {
            track.on(seen, nowNs);
        }
    }

    private long pauseAfter(HealthTrack track, Seen seen) {
        track.on(seen, nowNs);
        return track.pauseNs(seen, 0);
    }
}
