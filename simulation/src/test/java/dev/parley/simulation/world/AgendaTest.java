package dev.parley.simulation.world;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.proxy.balance.FastRandom;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AgendaTest {
    private final Agenda agenda = new Agenda();

    @Test
    void thingsHappenInTheOrderOfTheirTimes() {
        FastRandom random = new FastRandom(5);
        List<Long> seen = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            long time = Agenda.START_NS + random.nextInt(1_000_000);
            agenda.at(time, (what, ticket, nowNs) -> seen.add(nowNs), 0, 0);
        }
        agenda.runUntil(Agenda.START_NS + 1_000_000);
        assertThat(seen).hasSize(10_000).isSorted();
        assertThat(agenda.happened()).isEqualTo(10_000);
    }

    @Test
    void thingsOfOneInstantHappenInTheOrderInWhichTheyWerePutDown() {
        List<Integer> seen = new ArrayList<>();
        Actor actor = (what, ticket, nowNs) -> seen.add(ticket);
        for (int i = 0; i < 100; i++) {
            agenda.after(i % 3, actor, 0, i);
        }
        agenda.runUntil(Agenda.START_NS + 10);
        List<Integer> expected = new ArrayList<>();
        for (int remainder = 0; remainder < 3; remainder++) {
            for (int i = remainder; i < 100; i += 3) {
                expected.add(i);
            }
        }
        assertThat(seen).isEqualTo(expected);
    }

    @Test
    void whatIsDueLaterWaitsAndTheClockStopsWhereItWasTold() {
        List<Integer> seen = new ArrayList<>();
        agenda.after(100, (what, ticket, nowNs) -> seen.add(what), 4, 0);
        agenda.runUntil(Agenda.START_NS + 99);
        assertThat(seen).isEmpty();
        assertThat(agenda.nowNs()).isEqualTo(Agenda.START_NS + 99);
        agenda.runUntil(Agenda.START_NS + 100);
        assertThat(seen).containsExactly(4);
    }

    @Test
    void whatIsPutDownForThePastHappensNow() {
        List<Long> seen = new ArrayList<>();
        agenda.runUntil(Agenda.START_NS + 50);
        agenda.at(Agenda.START_NS, (what, ticket, nowNs) -> seen.add(nowNs), 0, 0);
        agenda.runUntil(Agenda.START_NS + 60);
        assertThat(seen).containsExactly(Agenda.START_NS + 50);
    }
}
