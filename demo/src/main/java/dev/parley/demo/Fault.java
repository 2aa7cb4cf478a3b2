package dev.parley.demo;

import java.util.Optional;

/** What chaos breaks: one thing at a time, for some seconds, and what is to be seen meanwhile. */
enum Fault {
    KILL('1', 5, "is killed (kill -9)", "its requests go to another endpoint at once, and it is unreachable"),
    FREEZE(
            '2',
            5,
            "is frozen (SIGSTOP)",
            "what hangs there is given up after 2 s and sent again, and next to nothing follows"),
    SLOW(
            '3',
            8,
            "answers 100 times slower",
            "next to nothing goes there within a second, and it is ejected if more does"),
    ERRORS('4', 6, "answers 500 at once", "no client sees one: they are sent again, and it is ejected"),
    RESETS('5', 6, "closes connections in place of answers", "requests are sent again, and it is ejected"),
    ZONE('6', 7, "is lost: all endpoints in it are killed", "traffic moves to the other zone, and back in steps"),
    SURGE('7', 6, "load is three times as much", "latency stays, or what is above capacity is refused early");

    private final char key;
    private final int seconds;
    private final String what;
    private final String expected;

    Fault(char key, int seconds, String what, String expected) {
        this.key = key;
        this.seconds = seconds;
        this.what = what;
        this.expected = expected;
    }

    /** The key that causes it. */
    char key() {
        return key;
    }

    /** How long it lasts until it is healed. */
    int seconds() {
        return seconds;
    }

    /** What happens to its victim. */
    String what() {
        return what;
    }

    /** What is to be seen. */
    String expected() {
        return expected;
    }

    /** The fault of a key, if it is one. */
    static Optional<Fault> of(String key) {
        for (Fault fault : values()) {
            if (key.equals(String.valueOf(fault.key))) {
                return Optional.of(fault);
            }
        }
        return Optional.empty();
    }
}
