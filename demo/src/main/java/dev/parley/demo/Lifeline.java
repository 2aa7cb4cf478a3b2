package dev.parley.demo;

import java.io.IOException;

/**
 * Ties the life of a child process to that of its parent: the parent holds the other end of standard input and never
 * writes, so that its end, even by SIGKILL, is the end of file here.
 */
final class Lifeline {
    private Lifeline() {}

    /** Ends this process as soon as its parent has ended. */
    static void hold() {
        Thread.ofPlatform().daemon().name("lifeline").start(() -> {
            try {
                while (System.in.read() >= 0) {
                    // The parent says nothing; whatever comes is of no interest.
                }
            } catch (IOException broken) {
                // A broken pipe says the same as its end.
            }
            Runtime.getRuntime().halt(0);
        });
    }

    /** Tells the parent, in the line that it waits for, where this process listens. */
    static void announce(int port) {
        System.out.println(ServiceProcess.ANNOUNCEMENT + port);
        System.out.flush();
    }
}
