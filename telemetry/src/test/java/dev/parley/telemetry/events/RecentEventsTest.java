package dev.parley.telemetry.events;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecentEventsTest {
    private static final Instant NOW = Instant.parse("2026-11-21T02:05:00Z");
    private final RecentEvents events = new RecentEvents(Clock.fixed(NOW, ZoneOffset.UTC));

    @Test
    void tellsTheLatestFirstAndForgetsTheOldest() {
        for (int i = 0; i < RecentEvents.KEPT + 10; i++) {
            events.add(Event.Kind.ENDPOINT_DOWN, "orders", "e" + i, "connection refused");
        }

        List<Event> kept = events.latestFirst();
        assertThat(kept).hasSize(RecentEvents.KEPT);
        assertThat(kept.getFirst())
                .isEqualTo(new Event(NOW, Event.Kind.ENDPOINT_DOWN, "orders", "e265", "connection refused"));
        assertThat(kept.getLast().endpoint()).isEqualTo("e10");
    }

    @Test
    void cutsReasonsThatAnEndpointMadeLong() {
        events.add(Event.Kind.ENDPOINT_DOWN, "orders", "e", "x".repeat(100_000));

        assertThat(events.latestFirst().getFirst().reason()).hasSize(200).endsWith("x…");
    }

    @Test
    void takesEventsOfManyThreads() throws Exception {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            threads.add(Thread.ofPlatform().start(() -> {
                for (int n = 0; n < 1000; n++) {
                    events.add(Event.Kind.BREAKER_OPENED, "orders", "", "");
                    assertThat(events.latestFirst()).hasSizeBetween(1, RecentEvents.KEPT);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(events.latestFirst()).hasSize(RecentEvents.KEPT).doesNotContainNull();
    }
}
