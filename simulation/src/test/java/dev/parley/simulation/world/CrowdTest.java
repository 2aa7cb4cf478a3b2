package dev.parley.simulation.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.parley.model.Criticality;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class CrowdTest {
    private final Agenda agenda = new Agenda();
    private final Timeline timeline = new Timeline(Duration.ofSeconds(1));

    private Crowd crowd(Entrance entrance, Crowd.Habits habits) {
        return new Crowd(agenda, List.of(entrance), habits, timeline, 3);
    }

    private void runSeconds(int seconds) {
        agenda.runUntil(Agenda.START_NS + seconds * 1_000_000_000L);
    }

    /** Answers after a time, or never. */
    private Entrance answering(Duration after, Requester.Reply reply) {
        return (criticality, key, remainingNs, requester, ticket, nowNs) -> {
            agenda.after(after.toNanos(), (what, again, now) -> requester.ended(ticket, reply, now), 0, 0);
            return (from, fromTicket, now) -> {};
        };
    }

    @Test
    void comesAtTheRateThatItIsToldAtRandomTimes() {
        Crowd crowd =
                crowd(answering(Duration.ofMillis(5), Requester.Reply.OK), Crowd.Habits.patient(Duration.ofSeconds(1)));
        crowd.rate(1000);
        runSeconds(20);
        crowd.rate(0);
        runSeconds(30);
        Timeline.Step whole = timeline.whole();
        assertThat((double) whole.began()).isCloseTo(20_000, within(500.0));
        assertThat(whole.succeeded()).isEqualTo(whole.began());
        assertThat(whole.latencies().quantileMs(0.5)).isCloseTo(5, within(0.2));
    }

    @Test
    void usersAskWaitAndThink() {
        Crowd crowd = crowd(
                answering(Duration.ofMillis(500), Requester.Reply.OK), Crowd.Habits.patient(Duration.ofSeconds(1)));
        crowd.users(100, Duration.ofMillis(500));
        runSeconds(20);
        assertThat((double) timeline.between(5, 20).began()).isCloseTo(1500, within(60.0));
    }

    @Test
    void whoTriesAgainWaitsForItsTimeoutAndCountsAsOne() {
        Entrance silent = (criticality, key, remainingNs, requester, ticket, nowNs) -> (from, fromTicket, now) -> {};
        Crowd crowd = crowd(
                silent,
                new Crowd.Habits(Duration.ofMillis(100), 2, Duration.ofMillis(50), false, Criticality.CRITICAL));
        crowd.rate(10);
        runSeconds(5);
        crowd.rate(0);
        runSeconds(8);
        Timeline.Step whole = timeline.whole();
        assertThat(whole.failed()).isEqualTo(whole.began()).isPositive();
        assertThat(whole.tries()).isEqualTo(3 * whole.began());
        assertThat(whole.waits().quantileMs(0.5)).isCloseTo(400, within(12.0));
    }

    @Test
    void anAnswerThatComesTooLateIsNone() {
        Crowd crowd = crowd(
                answering(Duration.ofMillis(200), Requester.Reply.OK), Crowd.Habits.patient(Duration.ofMillis(100)));
        crowd.rate(10);
        runSeconds(5);
        crowd.rate(0);
        runSeconds(8);
        assertThat(timeline.whole().succeeded()).isZero();
        assertThat(timeline.whole().failed()).isEqualTo(timeline.whole().began());
    }
}
