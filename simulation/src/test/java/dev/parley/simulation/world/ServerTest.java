package dev.parley.simulation.world;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServerTest {
    private static final long MS = 1_000_000;

    private final Agenda agenda = new Agenda();
    private final List<String> seen = new ArrayList<>();
    private final Requester requester = (ticket, reply, nowNs) ->
            seen.add("%d %s at %d ms".formatted(ticket, reply, (nowNs - Agenda.START_NS) / MS));
    private final Server server = server(2, 1);

    private Server server(int workers, int queued) {
        return new Server(
                agenda, "", new Server.Plan(new ServiceTime.Constant(Duration.ofMillis(10)), workers, queued), 1);
    }

    private void ask(Server of, int ticket) {
        of.receive(requester, ticket, Long.MAX_VALUE, agenda.nowNs());
    }

    @Test
    void worksOnSoManyAtATimeQueuesTheNextAndTurnsAwayTheRest() {
        for (int ticket = 1; ticket <= 4; ticket++) {
            ask(server, ticket);
        }
        assertThat(server.load()).isEqualTo(3);
        agenda.runUntil(Agenda.START_NS + 100 * MS);
        assertThat(seen).containsExactly("4 UNAVAILABLE at 0 ms", "1 OK at 10 ms", "2 OK at 10 ms", "3 OK at 20 ms");
        assertThat(server.load()).isZero();
    }

    @Test
    void aCrashResetsWhatIsUnderWayAndRefusesWhatComes() {
        ask(server, 1);
        server.crash(agenda.nowNs());
        ask(server, 2);
        agenda.runUntil(Agenda.START_NS + 100 * MS);
        assertThat(seen).containsExactly("1 RESET at 0 ms", "2 REFUSED at 0 ms");
        server.comeBackCold(3, Duration.ofSeconds(1), agenda.nowNs());
        ask(server, 3);
        agenda.runUntil(Agenda.START_NS + 200 * MS);
        assertThat(seen).last().isEqualTo("3 OK at 130 ms");
    }

    @Test
    void nothingIsHeardOfOneThatVanished() {
        ask(server, 1);
        server.vanish();
        ask(server, 2);
        agenda.runUntil(Agenda.START_NS + 100 * MS);
        assertThat(seen).isEmpty();
        server.comeBack();
        ask(server, 3);
        agenda.runUntil(Agenda.START_NS + 200 * MS);
        assertThat(seen).containsExactly("3 OK at 110 ms");
    }

    @Test
    void errorsComeBeforeTheWorkOrAfterIt() {
        server.err(1, Duration.ofMillis(1));
        ask(server, 1);
        agenda.runUntil(Agenda.START_NS + 5 * MS);
        server.err(0, Duration.ZERO);
        server.failLate(1);
        ask(server, 2);
        agenda.runUntil(Agenda.START_NS + 100 * MS);
        assertThat(seen).containsExactly("1 ERROR at 1 ms", "2 ERROR at 15 ms");
    }

    @Test
    void aWorkerIsHeldUntilItsBackendAnswered() {
        Server backend = server(1, 10);
        server.needs(
                (asking, ticket, remainingNs, nowNs) -> backend.receive(asking, ticket, nowNs + remainingNs, nowNs));
        for (int ticket = 1; ticket <= 3; ticket++) {
            ask(server, ticket);
        }
        agenda.runUntil(Agenda.START_NS + 25 * MS);
        assertThat(seen).containsExactly("1 OK at 20 ms");
        backend.crash(agenda.nowNs());
        agenda.runUntil(Agenda.START_NS + 100 * MS);
        assertThat(seen).containsExactly("1 OK at 20 ms", "2 ERROR at 25 ms", "3 ERROR at 30 ms");
    }

    @Test
    void workForWhomNobodyWaitsIsCountedAndDoneAllTheSame() {
        server.receive(requester, 1, agenda.nowNs() - 1, agenda.nowNs());
        agenda.runUntil(Agenda.START_NS + 100 * MS);
        assertThat(server.wasted()).isEqualTo(1);
        assertThat(seen).containsExactly("1 OK at 10 ms");
    }
}
