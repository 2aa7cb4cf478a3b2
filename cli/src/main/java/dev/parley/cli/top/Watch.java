package dev.parley.cli.top;

import dev.parley.cli.status.AdminAddress;
import dev.parley.cli.status.LiveStatus;
import dev.parley.cli.terminal.FullScreen;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Looks again and again, and shows what it sees until its user has seen enough. Only {@link #end} is for other threads. */
public final class Watch {
    /** How long a key waits at most to be seen; a look that came in meanwhile waits as long. */
    private static final Duration KEY_WAIT = Duration.ofMillis(50);

    private final AdminAddress address;
    private final Board board;
    private final long intervalNs;
    private final CountDownLatch over = new CountDownLatch(1);
    private Board.Choice choice;
    private boolean typing;
    private @Nullable LiveStatus last;
    private long lastNs;
    private String silence = "";

    /** @param filter what is shown at first, as {@link Board.Choice} has it */
    public Watch(AdminAddress address, Board board, Duration interval, String filter) {
        this.address = address;
        this.board = board;
        this.intervalNs = interval.toNanos();
        this.choice = new Board.Choice(Order.WORST, filter, 0);
    }

    /** Ends it in order. */
    public void end() {
        over.countDown();
    }

    /** Prints everything once, with rates of one interval. Answers why there is nothing to show, if there is not. */
    public Optional<String> once(PrintWriter out) throws InterruptedException {
        take(address.ask().join());
        if (last == null || over.await(intervalNs, TimeUnit.NANOSECONDS)) {
            return last == null ? Optional.of(silence) : Optional.empty();
        }
        take(address.ask().join());
        if (!silence.isEmpty()) {
            return Optional.of(silence);
        }
        print(out, last);
        return Optional.empty();
    }

    private void print(PrintWriter out, LiveStatus status) {
        board.whole(status, choice).forEach(out::println);
        out.flush();
    }

    /**
     * Shows it until it is ended: a picture on a terminal, else one print after the other. Answers why there was nothing to show
     * from the start, if there was not; a Parley that goes later may return.
     */
    public Optional<String> run(PrintWriter out, boolean terminal) throws InterruptedException {
        take(address.ask().join());
        if (last == null) {
            return Optional.of(silence);
        }
        Optional<FullScreen> screen = terminal ? FullScreen.open(out) : Optional.empty();
        if (screen.isPresent()) {
            try (FullScreen painted = screen.get()) {
                paintUntilOver(painted);
            }
        } else {
            printUntilOver(out);
        }
        return Optional.empty();
    }

    private void printUntilOver(PrintWriter out) throws InterruptedException {
        while (!over.await(intervalNs, TimeUnit.NANOSECONDS) && !out.checkError()) {
            take(address.ask().join());
            if (last != null && silence.isEmpty()) {
                print(out, last);
            } else {
                out.println(trouble());
            }
            out.println();
            out.flush();
        }
    }

    private void paintUntilOver(FullScreen screen) {
        CompletableFuture<AdminAddress.Answer> asked = CompletableFuture.completedFuture(null);
        long dueNs = System.nanoTime() + intervalNs;
        boolean asking = false;
        paint(screen);
        while (over.getCount() > 0) {
            boolean changed =
                    screen.key(KEY_WAIT).map(key -> press(key, screen)).isPresent();
            if (asking && asked.isDone()) {
                take(asked.join());
                asking = false;
                changed = true;
            }
            if (!asking && System.nanoTime() - dueNs >= 0) {
                asked = address.ask();
                asking = true;
                dueNs = System.nanoTime() + intervalNs;
            }
            if (changed) {
                paint(screen);
            }
        }
    }

    private void take(AdminAddress.Answer answer) {
        switch (answer) {
            case AdminAddress.Told(LiveStatus status) -> {
                last = status;
                lastNs = System.nanoTime();
                silence = "";
            }
            case AdminAddress.Silent(String reason) -> silence = reason;
        }
    }

    private void paint(FullScreen screen) {
        LiveStatus status = last;
        if (status == null) {
            return;
        }
        FullScreen.Size size = screen.size();
        Board.Picture picture = board.picture(status, choice, trouble(), size);
        List<String> lines = new ArrayList<>(picture.lines());
        while (lines.size() < size.height() - 1) {
            lines.add("");
        }
        lines.add(foot(status, picture.page()));
        screen.paint(lines);
    }

    private String trouble() {
        return silence.isEmpty()
                ? ""
                : "NOT REACHABLE for %s: %s. This is what it last said."
                        .formatted(Figures.time(Duration.ofNanos(System.nanoTime() - lastNs)), silence);
    }

    private String foot(LiveStatus status, int page) {
        int all = Board.endpoints(status, choice).size();
        int from = Math.clamp(choice.scroll(), 0, Math.max(0, all - page));
        String filter = typing
                ? "/" + choice.filter() + "_  Enter keeps it, Escape shows all"
                : "q quit  s sort: %s  / filter%s"
                        .formatted(
                                choice.order().text(),
                                choice.filter().isEmpty() ? "" : ": " + choice.filter() + ", Escape shows all");
        return "%s  %d-%d of %d".formatted(filter, Math.min(all, from + 1), Math.min(all, from + page), all);
    }

    private boolean press(String key, FullScreen screen) {
        if (typing) {
            type(key);
            return true;
        }
        LiveStatus status = last;
        int all = status == null ? 0 : Board.endpoints(status, choice).size();
        int page = status == null
                ? 1
                : board.picture(status, choice, trouble(), screen.size()).page();
        switch (key) {
            case "q" -> end();
            case "s" -> choice = new Board.Choice(choice.order().next(), choice.filter(), 0);
            case "/" -> typing = true;
            case "escape" -> choice = new Board.Choice(choice.order(), "", 0);
            case "up", "k" -> scroll(-1, all, page);
            case "down", "j" -> scroll(1, all, page);
            case "page-up" -> scroll(-page, all, page);
            case "page-down", " " -> scroll(page, all, page);
            case "home" -> scroll(-all, all, page);
            case "end" -> scroll(all, all, page);
            default -> {
                // The last line says which keys there are.
            }
        }
        return true;
    }

    private void scroll(int by, int all, int page) {
        int to = Math.clamp((long) choice.scroll() + by, 0, Math.max(0, all - page));
        choice = new Board.Choice(choice.order(), choice.filter(), to);
    }

    private void type(String key) {
        String filter = choice.filter();
        switch (key) {
            case "enter" -> typing = false;
            case "escape" -> {
                typing = false;
                filter = "";
            }
            case "backspace" -> filter = filter.substring(0, Math.max(0, filter.length() - 1));
            default -> filter = key.length() == 1 ? filter + key : filter;
        }
        choice = new Board.Choice(choice.order(), filter, 0);
    }
}
