package dev.parley.cli;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * Handlers for the signals of the operating system.
 *
 * <p>The JDK offers them only as {@code sun.misc.Signal}, which is exported and in wide use but which the compiler warns
 * of without a way to say that it is meant; so it is called by reflection. On a system without a signal nothing happens.
 */
public final class Signals {
    private Signals() {}

    /**
     * Runs an action, on a thread of the JVM, each time a signal comes, in place of what it does by default.
     *
     * @param signal without SIG: {@code TERM}, {@code HUP}
     */
    public static void on(String signal, Runnable action) {
        try {
            Class<?> signalClass = Class.forName("sun.misc.Signal");
            Class<?> handlerClass = Class.forName("sun.misc.SignalHandler");
            MethodHandle run = MethodHandles.publicLookup()
                    .findVirtual(Runnable.class, "run", MethodType.methodType(void.class))
                    .bindTo(action);
            Object handler = MethodHandleProxies.asInterfaceInstance(
                    handlerClass, MethodHandles.dropArguments(run, 0, signalClass));
            signalClass
                    .getMethod("handle", signalClass, handlerClass)
                    .invoke(null, signalClass.getConstructor(String.class).newInstance(signal), handler);
        } catch (ReflectiveOperationException noSuchSignalHere) {
            // Windows has no HUP, and a JVM started with -Xrs keeps signals to itself: then the default stays.
        }
    }
}
