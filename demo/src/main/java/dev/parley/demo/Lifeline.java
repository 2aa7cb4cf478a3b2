package dev.parley.demo;

import java.io.IOException;

/**
 * Ties the life of a child process to that of its parent: the parent holds the other end of standard input, so that its end, even
 * by SIGKILL, is the end of file here. What it writes there are letters of {@link Behaviour}.
 */
final class Lifeline {
    private Lifeline() {}

    /** Ends this process as soon as its parent has ended. */
    static void hold() {
        ignore("INT");
        ignore("HUP");
        Thread.ofPlatform().daemon().name("lifeline").start(() -> {
            try {
                for (int letter = System.in.read(); letter >= 0; letter = System.in.read()) {
                    Behaviour.become(letter);
                }
            } catch (IOException broken) {
                // A broken pipe says the same as its end.
            }
            Runtime.getRuntime().halt(0);
        });
    }

    /**
     * Ctrl-C, and the end of a terminal, are told to every process that runs on it. It is for the parent to end these: ended by
     * the terminal before it, they would fail its last requests. By reflection, as the compiler warns of {@code sun.misc.Signal}.
     */
    private static void ignore(String signal) {
        try {
            Class<?> signalClass = Class.forName("sun.misc.Signal");
            Class<?> handlerClass = Class.forName("sun.misc.SignalHandler");
            signalClass
                    .getMethod("handle", signalClass, handlerClass)
                    .invoke(
                            null,
                            signalClass.getConstructor(String.class).newInstance(signal),
                            handlerClass.getField("SIG_IGN").get(null));
        } catch (ReflectiveOperationException noSuchSignalHere) {
            // Then the signal does what it does, and the end of the demo is less clean.
        }
    }

    /** Tells the parent, in the line that it waits for, where this process listens. */
    static void announce(int port) {
        System.out.println(ServiceProcess.ANNOUNCEMENT + port);
        System.out.flush();
    }
}
