package dev.parley.control.idempotency;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyStoreTest {
    @TempDir
    private Path folder;

    private final AtomicLong wallMs = new AtomicLong(1_800_000_000_000L);
    private final AtomicLong nanos = new AtomicLong();
    private final List<KeyStore> opened = new ArrayList<>();

    private KeyStore open() {
        KeyStore store = new KeyStore(folder.resolve("state"), wallMs::get, nanos::get);
        opened.add(store);
        return store;
    }

    /** Parley starts anew on the same folder. */
    private KeyStore restart(KeyStore store) {
        store.close();
        return open();
    }

    @AfterEach
    void close() {
        opened.forEach(KeyStore::close);
    }

    private void pass(Duration time) {
        wallMs.addAndGet(time.toMillis());
        nanos.addAndGet(time.toNanos());
    }

    @Test
    void executesAKeyOnceAndGivesItsAnswerAgain() throws InterruptedException {
        KeyStore store = open();

        assertThat(Claimant.answer(Claimant.of(store, "a").executes(), "done")).isTrue();

        Claimant.of(store, "a").isAnswered("done");
        Claimant.of(restart(store), "a").isAnswered("done");
    }

    @Test
    void doesNotKnowWhatBecameOfAKeyThatAFormerProcessHadBegun() throws InterruptedException {
        KeyStore store = open();
        Claimant.of(store, "a").executes();
        store = restart(store);

        Claimant.of(store, "a").next(Claimed.Unknown.class);

        Claim again = Claimant.executing(Claimant.claim("a"));
        assertThat(Claimant.answer(Claimant.of(store, again).executes(), "second"))
                .isTrue();
        Claimant.of(store, "a").isAnswered("second");
    }

    @Test
    void doesNotKnowWhatBecameOfAKeyWhoseAttemptBroke() throws InterruptedException {
        KeyStore store = open();
        Hold hold = Claimant.of(store, "a").executes();
        Claimant waiter = Claimant.of(store, "a");
        waiter.next(Claimed.Waiting.class);

        hold.unknown();

        waiter.next(Claimed.Unknown.class);
        Claimant.of(store, "a").next(Claimed.Unknown.class);
    }

    @Test
    void forgetsAKeyThatWasNotExecuted() throws InterruptedException {
        KeyStore store = open();
        Claimant.of(store, "a").executes().release();

        Claimant.of(store, "a").executes().release();
        Claimant.of(restart(store), "a").executes();
    }

    @Test
    void refusesAKeyThatBelongsToAnotherRequest() throws InterruptedException {
        KeyStore store = open();
        Claim other = Claimant.claim("a", "another request", 1000);
        Hold hold = Claimant.of(store, "a").executes();

        Claimant.of(store, other).next(Claimed.Reused.class);
        Claimant.answer(hold, "done");
        Claimant.of(store, other).next(Claimed.Reused.class);
    }

    @Test
    void givesDuplicatesTheAnswerThatTheyWaitedFor() throws InterruptedException {
        KeyStore store = open();
        Hold hold = Claimant.of(store, "a").executes();
        List<Claimant> waiters = new ArrayList<>();
        for (int i = 0; i < KeyWriter.WAITERS_PER_KEY; i++) {
            Claimant waiter = Claimant.of(store, "a");
            waiter.next(Claimed.Waiting.class);
            waiters.add(waiter);
        }
        Claimant.of(store, "a").next(Claimed.InProgress.class);

        Claimant.answer(hold, "done");

        for (Claimant waiter : waiters) {
            waiter.isAnswered("done");
        }
    }

    @Test
    void passesAKeyThatWasNotExecutedToTheFirstThatWaits() throws InterruptedException {
        KeyStore store = open();
        Hold hold = Claimant.of(store, "a").executes();
        Claimant gone = Claimant.of(store, "a");
        gone.next(Claimed.Waiting.class);
        Claimant first = Claimant.of(store, "a");
        first.next(Claimed.Waiting.class);
        Claimant second = Claimant.of(store, "a");
        second.next(Claimed.Waiting.class);

        gone.abandon();
        hold.release();
        Claimant.answer(first.executes(), "done");

        second.isAnswered("done");
        assertThat(gone.hasHeard()).isFalse();
    }

    @Test
    void saysThatAnAnswerWasTooLargeToKeep() throws InterruptedException {
        KeyStore store = open();

        assertThat(Claimant.answerTooLarge(Claimant.of(store, "a").executes())).isTrue();

        Claimant.of(restart(store), "a").next(Claimed.NotKept.class);
    }

    @Test
    void takesNoMoreKeysThanARouteMayHave() throws InterruptedException {
        KeyStore store = open();
        Claimant.answer(Claimant.of(store, Claimant.claim("a", "r", 2)).executes(), "done");
        Claimant.answer(Claimant.of(store, Claimant.claim("b", "r", 2)).executes(), "done");

        Claimant.of(store, Claimant.claim("c", "r", 2)).next(Claimed.Full.class);
        Claimant.of(store, Claimant.claim("a", "r", 2)).isAnswered("done");

        store = restart(store);
        Claimant.of(store, Claimant.claim("c", "r", 2)).next(Claimed.Full.class);
        assertThat(store.keys()).containsEntry("pay", 2);
    }

    @Test
    void forgetsKeysWhoseTimeIsOver() throws InterruptedException {
        KeyStore store = open();
        for (int i = 0; i < 1000; i++) {
            Claimant.answer(Claimant.of(store, "key " + i).executes(), "done");
        }
        Claimant.of(store, "one more").next(Claimed.Full.class);

        pass(Duration.ofHours(25));

        Claimant.of(store, "key 1").executes();
        Awaitility.await().untilAsserted(() -> {
            pass(Duration.ofSeconds(2));
            assertThat(store.keys()).containsEntry("pay", 1);
        });
        Claimant.of(store, "one more").executes();
    }

    @Test
    void keepsAKeyWhateverTheWallClockIsSetTo() throws InterruptedException {
        KeyStore store = open();
        Claimant.answer(Claimant.of(store, "a").executes(), "done");

        wallMs.addAndGet(Duration.ofDays(30).toMillis());
        Claimant.of(store, "a").isAnswered("done");
        wallMs.addAndGet(-Duration.ofDays(60).toMillis());
        store = restart(store);
        Claimant.of(store, "a").isAnswered("done");
        pass(Duration.ofHours(25));
        Claimant.of(store, "a").executes();
    }

    @Test
    void writesManyKeysInOneTransaction() throws InterruptedException {
        KeyStore store = new KeyStore(folder.resolve("state"));
        opened.add(store);
        List<Claimant> all = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            all.add(Claimant.of(store, "key " + i));
        }
        for (Claimant each : all) {
            each.executes();
        }
        assertThat(store.commits()).isLessThan(200);
    }

    @Test
    void refusesMoreClaimsThanMayWaitForTheDisk() throws InterruptedException {
        KeyStore store = open();
        List<Claimant> all = new ArrayList<>();
        int refused = 0;
        for (int round = 0; refused == 0 && round < 100; round++) {
            for (int i = 0; i < 10_000; i++) {
                all.add(Claimant.of(store, Claimant.claim("key " + i, "r", 1)));
            }
            for (Claimant each : all) {
                if (each.next() instanceof Claimed.Unavailable) {
                    refused++;
                }
            }
            all.clear();
        }
        assertThat(refused).isPositive();
        assertThat(store.waiting()).isZero();
    }
}
