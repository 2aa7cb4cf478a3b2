package dev.parley.proxy.udp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SessionTableTest {
    private record Client(long high, long low, long tail) implements SessionTable.Keyed {}

    @Test
    void isAMapWhateverIsAddedAndRemoved() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        SessionTable<Client> table = new SessionTable<>(seed);
        Map<Client, Client> map = new HashMap<>();
        List<Client> known = new ArrayList<>();
        for (int step = 0; step < 200_000; step++) {
            // It grows to some thousands, runs dry, and grows again.
            boolean growing = step / 20_000 % 2 == 0;
            if (known.isEmpty() || random.nextInt(10) < (growing ? 7 : 3)) {
                Client client = new Client(0, random.nextInt(300), random.nextInt(65536));
                if (map.putIfAbsent(client, client) == null) {
                    table.add(client);
                    known.add(client);
                }
            } else {
                int at = random.nextInt(known.size());
                Client gone = known.set(at, known.getLast());
                known.removeLast();
                map.remove(gone);
                table.remove(gone);
                assertThat(table.find(gone.high(), gone.low(), gone.tail()))
                        .as("seed %d step %d", seed, step)
                        .isNull();
            }
            if (step % 1000 == 0) {
                map.forEach((key, client) -> assertThat(table.find(key.high(), key.low(), key.tail()))
                        .as("seed %d", seed)
                        .isSameAs(client));
                assertThat(table.count()).isEqualTo(map.size());
            }
        }
    }

    @Test
    void eachIsVisitedOnceAlsoWhereTheVisitRemovesIt() {
        SessionTable<Client> table = new SessionTable<>(1);
        for (int i = 0; i < 1000; i++) {
            table.add(new Client(i, i, i));
        }
        List<Client> visited = new ArrayList<>();
        table.forEach(client -> {
            visited.add(client);
            table.remove(client);
        });
        assertThat(visited).doesNotHaveDuplicates().hasSize(1000);
        assertThat(table.count()).isZero();
    }

    @Test
    void everyPartOfAnAddressTellsClientsApart() {
        SessionTable<Client> table = new SessionTable<>(1);
        table.add(new Client(1, 2, 3));
        assertThat(table.find(1, 2, 4)).isNull();
        assertThat(table.find(1, 3, 3)).isNull();
        assertThat(table.find(2, 2, 3)).isNull();
        assertThat(table.find(1, 2, 3)).isNotNull();
    }
}
