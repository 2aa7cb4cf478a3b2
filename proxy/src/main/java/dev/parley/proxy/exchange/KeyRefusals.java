package dev.parley.proxy.exchange;

import dev.parley.model.Durations;
import dev.parley.model.Idempotency;
import dev.parley.proxy.idempotency.HeldBytes;
import java.time.Duration;

/** What a request with an idempotency key is answered where it is not executed, each with its code and what to do. */
final class KeyRefusals {
    private KeyRefusals() {}

    static LocalAnswer required(String route) {
        return LocalAnswer.problem(
                400,
                "idempotency-key-required",
                "Route " + route
                        + " takes this method with an Idempotency-Key only. Send one that is new for each new request.");
    }

    static LocalAnswer invalid() {
        return LocalAnswer.problem(
                400,
                "idempotency-key-invalid",
                "The Idempotency-Key is none: it is one field, with a string of 1 to 255 printable ASCII characters in quotes.");
    }

    static LocalAnswer bodyTooLarge(Idempotency settings) {
        return LocalAnswer.closing(
                413,
                "idempotency-body-too-large",
                "The body is larger than the " + settings.bodyBytes().bytes()
                        + " bytes that a request with an idempotency key may have (idempotency.body_bytes).");
    }

    static LocalAnswer memoryFull() {
        return LocalAnswer.closing(
                503,
                "idempotency-memory-full",
                "Requests with idempotency keys hold " + HeldBytes.MOST
                        + " bytes already. Nothing was sent; try again later.");
    }

    static LocalAnswer reused() {
        return LocalAnswer.problem(
                422,
                "idempotency-key-reused",
                "This idempotency key was used for another request: another method, target, host, content type or body."
                        + " Take a new key for a new request.");
    }

    static LocalAnswer inProgress() {
        return LocalAnswer.problem(
                409,
                "idempotency-in-progress",
                "A request with this idempotency key is being executed. Its answer is given to whoever asks again later.");
    }

    static LocalAnswer outcomeUnknown() {
        return LocalAnswer.problem(
                409,
                "idempotency-outcome-unknown",
                "A request with this idempotency key was sent, and how it ended is not known: Parley, a connection or the endpoint"
                        + " broke before an answer was stored. It may have been executed or not, and is not executed again. Ask the"
                        + " service what became of it, and take a new key to try anew.");
    }

    static LocalAnswer notKept(String why) {
        return LocalAnswer.problem(
                409,
                "idempotency-answer-not-kept",
                "The request with this idempotency key was executed, and " + why + ". It is not executed again.");
    }

    static LocalAnswer keysFull(String route, Idempotency settings) {
        return LocalAnswer.problem(
                503,
                "idempotency-keys-full",
                "Route " + route + " keeps " + settings.keys()
                        + " idempotency keys, as many as it may (idempotency.keys). Nothing was sent; try again later.");
    }

    static LocalAnswer storeUnavailable() {
        return LocalAnswer.problem(
                503,
                "idempotency-store-unavailable",
                "The idempotency key cannot be stored now. Nothing was sent; try again later.");
    }

    static LocalAnswer storeSlow(Duration most) {
        return LocalAnswer.problem(
                503,
                "idempotency-store-unavailable",
                "The disk did not take the idempotency key within " + Durations.text(most)
                        + ". Nothing was sent; try again later.");
    }

    static LocalAnswer answerNotStored() {
        return LocalAnswer.problem(
                503,
                "idempotency-answer-not-stored",
                "The request was executed, and its answer could not be stored. It may be executed once more for this key.");
    }
}
