package dev.parley.control.idempotency;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Claims one key of a store and hears what it is told. */
final class Claimant {
    private static final long WAIT_SECONDS = 20;

    private final LinkedBlockingQueue<Claimed> heard = new LinkedBlockingQueue<>();
    private final Ticket ticket;

    private Claimant(KeyStore store, Claim claim) {
        ticket = store.claim(claim, heard::add);
    }

    static Claimant of(KeyStore store, String key) {
        return new Claimant(store, claim(key));
    }

    static Claimant of(KeyStore store, Claim claim) {
        return new Claimant(store, claim);
    }

    /** A claim that may wait, of a route that may have a thousand keys. */
    static Claim claim(String key) {
        return claim(key, "the request", 1000);
    }

    static Claim claim(String key, String request, int keys) {
        return new Claim(hash(key), "pay", hash(request), Duration.ofHours(24).toMillis(), keys, false, true);
    }

    static Claim executing(Claim claim) {
        return new Claim(claim.id(), claim.route(), claim.fingerprint(), claim.keepMs(), claim.keys(), true, true);
    }

    static Claim keptFor(Claim claim, Duration keep) {
        return new Claim(claim.id(), claim.route(), claim.fingerprint(), keep.toMillis(), claim.keys(), false, true);
    }

    private static byte[] hash(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError(impossible);
        }
    }

    void abandon() {
        ticket.abandon();
    }

    boolean hasHeard() {
        return !heard.isEmpty();
    }

    /** What it is told next. */
    Claimed next() throws InterruptedException {
        @Nullable Claimed next = heard.poll(WAIT_SECONDS, TimeUnit.SECONDS);
        assertThat(next).as("what the claimant is told").isNotNull();
        return next;
    }

    <C extends Claimed> C next(Class<C> kind) throws InterruptedException {
        Claimed next = next();
        assertThat(next).isInstanceOf(kind);
        return kind.cast(next);
    }

    Hold executes() throws InterruptedException {
        return next(Claimed.Execute.class).hold();
    }

    void isAnswered(String text) throws InterruptedException {
        assertThat(new String(next(Claimed.Answered.class).answer(), StandardCharsets.UTF_8))
                .isEqualTo(text);
    }

    /** Ends a key with an answer, and says whether it was stored. */
    static boolean answer(Hold hold, String text) {
        CompletableFuture<Boolean> stored = new CompletableFuture<>();
        hold.answered(text.getBytes(StandardCharsets.UTF_8), stored::complete);
        return stored.orTimeout(WAIT_SECONDS, TimeUnit.SECONDS).join();
    }

    static boolean answerTooLarge(Hold hold) {
        CompletableFuture<Boolean> stored = new CompletableFuture<>();
        hold.answeredTooLarge(stored::complete);
        return stored.orTimeout(WAIT_SECONDS, TimeUnit.SECONDS).join();
    }
}
