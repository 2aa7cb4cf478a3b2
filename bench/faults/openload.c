/*
 * openload: one-threaded open-loop load generator for HTTP/1.1 on loopback. Prints one JSON object.
 *
 *   openload PORT -r RATE:SECONDS[,RATE:SECONDS ...] [-s start] [-w timeout ms] [-o connections] [-m most] [-b bin ms] -k CLASS ...
 *
 *   -r  requests a second and for how many, one stretch after the other
 *   -s  the instant of the first request, in nanoseconds of CLOCK_MONOTONIC, so that whoever breaks things knows it; else now
 *   -w  a request that has no whole answer so long after it was due has failed (10000)
 *   -o  connections that are opened before the first request (64); -m how many there may be (4000)
 *   -b  the width of a bin (1000)
 *   -k  a class of requests: NAME SHARE BUDGET_MS METHOD PATH, by spaces; shares are whole numbers
 *
 * Open loop: the instants are fixed in advance, evenly spaced, and do not move, however the other side behaves. A request takes a
 * connection that is idle, else a new one; only when there are as many as -m allows does it wait, and its clock runs meanwhile.
 * Latency counts from the instant when a request was due, and it is put into the bin of that instant (no coordinated omission).
 * Classes take turns in proportion to their shares. `late` is how late requests left here though a connection was idle: where
 * that is not small, the generator had too little CPU, and the run says nothing.
 */
#define _GNU_SOURCE
#include "../peers/backends/histogram.h"
#include "../peers/backends/loopback.h"
#include <time.h>

enum { MOST_CLASSES = 8, MOST_STRETCHES = 8, STATUSES = 600, REPLY_BYTES = 16 * 1024, SCAN_NS = 10 * 1000 * 1000 };
static const uint64_t SECOND_NS = 1000000000, DRAIN_NS = 500000000;

enum failure { CONNECT, RESET, CLOSED_EARLY, TIMEOUT, MALFORMED, FAILURES };
static const char *FAILURE_NAMES[] = {"connect", "reset", "closed", "timeout", "malformed"};

struct bin {
    uint32_t due, within, statuses[STATUSES], failures[FAILURES];
    struct histogram latencies, refusals; /* of answers with 2xx, and with any other status */
};

struct class {
    char name[32], request[1024];
    size_t request_bytes;
    long share, credit;
    uint64_t budget_ns;
    struct bin *bins;
};

/* CLOSED -> CONNECTING -> IDLE -> AWAITING -> IDLE; anything -> CLOSED. A request that found no idle one rides on CONNECTING. */
enum state { CLOSED, CONNECTING, IDLE, AWAITING };

struct client {
    enum state state;
    int fd;
    bool has_request;
    struct class *class;
    uint64_t due_ns;
    size_t received;
    struct client *next_idle;
    char reply[REPLY_BYTES + 1];
};

struct waiting {
    struct class *class;
    uint64_t due_ns;
};

struct stretch {
    double rate, seconds;
};

static int port, epoll, class_count, stretch_count, bin_count, most = 4000, opened = 64, open_now;
static struct stretch stretches[MOST_STRETCHES];
static uint64_t total; /* requests */
static uint64_t start_ns, timeout_ns = 10000000000ull, bin_ns = 1000000000ull;
static struct class classes[MOST_CLASSES];
static struct client *clients, *idle_first, *idle_last;
static struct waiting *queue; /* due and without a connection, in order; as many as all requests, so it never wraps */
static uint64_t queue_head, queue_tail, awaited;
static struct histogram late;

static uint64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * SECOND_NS + time.tv_nsec;
}

static struct bin *bin_of(const struct class *class, uint64_t due_ns) {
    return &class->bins[(due_ns - start_ns) / bin_ns];
}

/* ---- connections ---- */

static void put_idle(struct client *c) {
    c->state = IDLE;
    c->next_idle = NULL;
    if (idle_last) idle_last->next_idle = c;
    else idle_first = c;
    idle_last = c;
}

/* The one that has been idle for longest, so that all are used; those closed meanwhile are passed over. */
static struct client *take_idle(void) {
    while (idle_first) {
        struct client *c = idle_first;
        idle_first = c->next_idle;
        if (!idle_first) idle_last = NULL;
        if (c->fd >= 0) return c;
        c->state = CLOSED;
    }
    return NULL;
}

/* An idle one stays in the list, marked by its missing socket, until its turn. */
static void close_client(struct client *c) {
    if (c->fd >= 0) {
        close(c->fd);
        open_now--;
    }
    c->fd = -1;
    if (c->state != IDLE) c->state = CLOSED;
}

static void fail(struct client *c, enum failure failure) {
    if (c->has_request) {
        bin_of(c->class, c->due_ns)->failures[failure]++;
        c->has_request = false;
        awaited--;
    }
    close_client(c);
}

static void send_request(struct client *c) {
    c->received = 0;
    c->state = AWAITING;
    ssize_t sent = send(c->fd, c->class->request, c->class->request_bytes, MSG_NOSIGNAL);
    if (sent != (ssize_t)c->class->request_bytes) fail(c, RESET);
}

static void open_client(struct client *c) {
    int on = 1;
    struct sockaddr_in proxy = loopback_address(port);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (c->fd < 0) die("socket");
    open_now++;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    c->state = CONNECTING;
    if (connect(c->fd, (struct sockaddr *)&proxy, sizeof proxy) && errno != EINPROGRESS) return fail(c, CONNECT);
    struct epoll_event event = {.events = EPOLLOUT, .data.ptr = c};
    epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event);
}

static struct client *take_closed(void) {
    static int hand;
    for (int tried = 0; open_now < most && tried < most; tried++) {
        struct client *c = &clients[hand++ % most];
        if (c->state == CLOSED) return c;
    }
    return NULL;
}

static void carry(struct client *c, struct waiting request) {
    c->class = request.class;
    c->due_ns = request.due_ns;
    c->has_request = true;
}

/* ---- schedule ---- */

/* False: there is no connection for it. */
static bool start(struct waiting request) {
    struct client *c = take_idle();
    if (c) {
        carry(c, request);
        histogram_add(&late, now_ns() - request.due_ns);
        send_request(c);
        return true;
    }
    c = take_closed();
    if (!c) return false;
    carry(c, request);
    open_client(c);
    return true;
}

static struct class *next_class(void) {
    long total = 0;
    struct class *best = &classes[0];
    for (int i = 0; i < class_count; i++) {
        classes[i].credit += classes[i].share;
        total += classes[i].share;
        if (classes[i].credit > best->credit) best = &classes[i];
    }
    best->credit -= total;
    return best;
}

static void start_queued(void) {
    while (queue_head < queue_tail && start(queue[queue_head])) queue_head++;
}

/* ---- answers ---- */

static void finish(struct client *c, int status, bool keep) {
    uint64_t latency = now_ns() - c->due_ns;
    struct bin *bin = bin_of(c->class, c->due_ns);
    bin->statuses[status]++;
    histogram_add(status / 100 == 2 ? &bin->latencies : &bin->refusals, latency);
    if (status / 100 == 2) bin->within += latency <= c->class->budget_ns;
    c->has_request = false;
    awaited--;
    if (!keep) return close_client(c);
    if (queue_head == queue_tail) return put_idle(c);
    carry(c, queue[queue_head++]);
    send_request(c);
}

/* The whole length of the answer; 0 while its head is not whole, -1 where only its end of connection tells. */
static ssize_t length_of(struct client *c, int *status, bool *keep) {
    c->reply[c->received] = '\0';
    char *end = strstr(c->reply, "\r\n\r\n");
    if (!end) return 0;
    *end = '\0';
    char *length = strcasestr(c->reply, "\r\ncontent-length:");
    *keep = !strcasestr(c->reply, "\r\nconnection: close") && !strncmp(c->reply, "HTTP/1.1", 8);
    *status = strncmp(c->reply, "HTTP/1.", 7) ? 0 : atoi(c->reply + 9);
    *end = '\r';
    if (!length) *keep = false;
    return length ? end + 4 - c->reply + strtol(length + 17, NULL, 10) : -1;
}

static void receive(struct client *c) {
    ssize_t received = recv(c->fd, c->reply + c->received, REPLY_BYTES - c->received, 0);
    if (received < 0 && errno == EAGAIN) return;
    if (c->state == IDLE) return close_client(c); /* closed by the other side, or bytes that nobody asked for */
    int status = 0;
    bool keep = false;
    if (received > 0) c->received += received;
    ssize_t length = length_of(c, &status, &keep);
    bool whole = length > 0 ? c->received >= (size_t)length : length < 0 && received == 0;
    if (length && (status < 100 || status >= STATUSES)) return fail(c, MALFORMED);
    if (whole) return finish(c, status, keep && received > 0);
    if (received < 0) return fail(c, RESET);
    if (received == 0) return fail(c, CLOSED_EARLY);
    if (c->received == REPLY_BYTES) fail(c, MALFORMED);
}

static void advance(struct client *c) {
    if (c->fd < 0) return;
    if (c->state != CONNECTING) return receive(c);
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &length);
    if (error) return fail(c, CONNECT);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event);
    if (c->has_request) send_request(c);
    else put_idle(c);
}

static void expire(uint64_t now) {
    for (int i = 0; i < most; i++) {
        struct client *c = &clients[i];
        if (c->has_request && now >= c->due_ns + timeout_ns) fail(c, TIMEOUT);
    }
    for (; queue_head < queue_tail && now >= queue[queue_head].due_ns + timeout_ns; queue_head++, awaited--)
        bin_of(queue[queue_head].class, queue[queue_head].due_ns)->failures[TIMEOUT]++;
}

/* When a request is due, by its number; they are asked for in order. */
static uint64_t due_at(uint64_t number) {
    static int stretch;
    static uint64_t first; /* of the stretch */
    static double began_s;
    while (stretch < stretch_count - 1 && number - first >= (uint64_t)(stretches[stretch].rate * stretches[stretch].seconds)) {
        first += (uint64_t)(stretches[stretch].rate * stretches[stretch].seconds);
        began_s += stretches[stretch++].seconds;
    }
    return start_ns + (uint64_t)((began_s + (number - first) / stretches[stretch].rate) * SECOND_NS);
}

static void drive(void) {
    uint64_t made = 0, next_scan = now_ns(), due = due_at(0);
    while (made < total || awaited > 0) {
        uint64_t now = now_ns(), next = now + SCAN_NS;
        for (; made < total && due <= now; due = due_at(++made)) {
            struct waiting request = {next_class(), due};
            bin_of(request.class, due)->due++;
            awaited++;
            if (!start(request)) queue[queue_tail++] = request;
        }
        if (now >= next_scan) {
            expire(now);
            start_queued();
            next_scan = now + SCAN_NS;
        }
        if (made < total && due < next) next = due;
        now = now_ns();
        struct timespec patience = {.tv_nsec = next > now ? (long)(next - now) : 0};
        struct epoll_event events[EVENTS_PER_TURN];
        int count = epoll_pwait2(epoll, events, EVENTS_PER_TURN, &patience, NULL);
        for (int i = 0; i < count; i++) advance(events[i].data.ptr);
    }
}

/* ---- output ---- */

static void print_counts(const char *name, const uint32_t *counts, int length, const char *const *names) {
    const char *separator = "";
    printf("\"%s\": {", name);
    for (int i = 0; i < length; i++) {
        if (!counts[i]) continue;
        if (names) printf("%s\"%s\": %u", separator, names[i], counts[i]);
        else printf("%s\"%d\": %u", separator, i, counts[i]);
        separator = ", ";
    }
    printf("}");
}

/* Pairs of the middle of a bucket, in nanoseconds, and how many fell into it. */
static void print_latencies(const char *name, const struct histogram *histogram) {
    const char *separator = "";
    printf(", \"%s\": [", name);
    for (int index = 0; index < BUCKETS; index++) {
        if (!histogram->buckets[index]) continue;
        int shift = index / SUB_BUCKETS - 1;
        double middle = index < SUB_BUCKETS ? index : (index % SUB_BUCKETS + SUB_BUCKETS + 0.5) * (double)(1ull << shift);
        printf("%s[%.0f, %lu]", separator, middle, (unsigned long)histogram->buckets[index]);
        separator = ", ";
    }
    printf("]");
}

static void print_all(void) {
    printf("{\"start_ns\": %lu, \"bin_s\": %g, \"late_p99_us\": %.0f, \"late_max_us\": %.0f, \"classes\": {", (unsigned long)start_ns,
           bin_ns / 1e9, histogram_quantile(&late, 0.99) / 1e3, late.max_ns / 1e3);
    for (int i = 0; i < class_count; i++) {
        printf("%s\"%s\": [", i ? ", " : "", classes[i].name);
        for (int b = 0; b < bin_count; b++) {
            struct bin *bin = &classes[i].bins[b];
            printf("%s\n{\"due\": %u, \"within\": %u, ", b ? "," : "", bin->due, bin->within);
            print_counts("statuses", bin->statuses, STATUSES, NULL);
            printf(", ");
            print_counts("failures", bin->failures, FAILURES, FAILURE_NAMES);
            print_latencies("latencies", &bin->latencies);
            print_latencies("refusals", &bin->refusals);
            printf("}");
        }
        printf("]");
    }
    printf("}}\n");
}

/* ---- command line ---- */

static void usage(void) {
    fprintf(stderr, "usage: openload PORT -r RATE:SECONDS[,RATE:SECONDS ...] [-s start ns] [-w timeout ms] [-o connections] [-m most] [-b bin ms] -k 'NAME SHARE BUDGET_MS METHOD PATH' ...\n");
    exit(2);
}

static void add_class(const char *text) {
    char method[16], path[512];
    unsigned long budget_ms;
    if (class_count == MOST_CLASSES) usage();
    struct class *class = &classes[class_count++];
    if (sscanf(text, "%31s %ld %lu %15s %511s", class->name, &class->share, &budget_ms, method, path) != 5) usage();
    class->budget_ns = budget_ms * 1000000ull;
    class->request_bytes = snprintf(class->request, sizeof class->request, "%s %s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: openload\r\n%s\r\n",
                                    method, path, strcmp(method, "POST") ? "" : "Content-Length: 0\r\n");
}

static void add_stretches(char *text) {
    for (char *each = strtok(text, ","); each; each = strtok(NULL, ",")) {
        if (stretch_count == MOST_STRETCHES) usage();
        struct stretch *stretch = &stretches[stretch_count++];
        if (sscanf(each, "%lf:%lf", &stretch->rate, &stretch->seconds) != 2 || stretch->rate <= 0 || stretch->seconds <= 0) usage();
        total += (uint64_t)(stretch->rate * stretch->seconds);
    }
}

static void read_options(int argc, char **argv) {
    for (int option; (option = getopt(argc, argv, "+r:s:w:o:m:b:k:")) != -1;) {
        if (option == 'r') add_stretches(optarg);
        else if (option == 's') start_ns = strtoull(optarg, NULL, 10);
        else if (option == 'w') timeout_ns = strtoull(optarg, NULL, 10) * 1000000;
        else if (option == 'o') opened = atoi(optarg);
        else if (option == 'm') most = atoi(optarg);
        else if (option == 'b') bin_ns = strtoull(optarg, NULL, 10) * 1000000;
        else if (option == 'k') add_class(optarg);
        else usage();
    }
    if (stretch_count == 0 || bin_ns == 0 || most < 1 || class_count == 0) usage();
}

/* Opens the first connections, and waits until the first request is due; half a second at least where no instant was given. */
static void open_first(void) {
    if (!start_ns) start_ns = now_ns() + DRAIN_NS;
    for (int i = 0; i < opened && i < most; i++) open_client(&clients[i]);
    for (uint64_t now; (now = now_ns()) < start_ns;) {
        struct timespec patience = {(start_ns - now) / SECOND_NS, (start_ns - now) % SECOND_NS};
        struct epoll_event events[EVENTS_PER_TURN];
        int count = epoll_pwait2(epoll, events, EVENTS_PER_TURN, &patience, NULL);
        for (int i = 0; i < count; i++) advance(events[i].data.ptr);
    }
}

int main(int argc, char **argv) {
    if (argc < 2 || (port = atoi(argv[1])) <= 0) usage();
    read_options(argc - 1, argv + 1);
    double seconds = 0;
    for (int i = 0; i < stretch_count; i++) seconds += stretches[i].seconds;
    bin_count = (int)(seconds * SECOND_NS / bin_ns) + 1;
    for (int i = 0; i < class_count; i++) classes[i].bins = calloc(bin_count, sizeof(struct bin));
    clients = calloc(most, sizeof *clients);
    queue = calloc(total + 1, sizeof *queue);
    if (!clients || !queue) die("calloc");
    for (int i = 0; i < most; i++) clients[i].fd = -1;
    epoll = epoll_create1(0);
    open_first();
    drive();
    print_all();
}
