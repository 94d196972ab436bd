// Open-loop load: specs change at a fixed rate, each timed from when it was due until the operator has observed it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	watchapi "k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"
)

// loadResult is printed at the end. Latencies in milliseconds; unobserved changes are in none of them.
type loadResult struct {
	Changes    int     `json:"changes"`
	Failed     int     `json:"failed"`
	Unobserved int     `json:"unobserved"`
	P50        float64 `json:"p50Ms"`
	P99        float64 `json:"p99Ms"`
	Max        float64 `json:"maxMs"`
	// From the first change that was due to the last that was observed.
	Seconds float64 `json:"seconds"`
	// Of the process under test, over the same time.
	CPUSeconds float64 `json:"cpuSeconds"`
}

func load(ctx context.Context, args []string) error {
	var target cluster
	flags := flag.NewFlagSet("load", flag.ExitOnError)
	target.register(flags)
	rate := flags.Float64("rate", 100, "changes a second")
	changes := flags.Int("changes", 2_000, "how many changes")
	patience := flags.Duration("patience", 5*time.Minute, "how long to wait for the last change to be observed")
	patch := flags.String("patch", "", "merge patch; INDEX stands for a text that never repeats")
	pid := flags.Int("pid", 0, "process whose CPU time is counted")
	if err := flags.Parse(args); err != nil {
		return err
	}
	objects, err := target.objects()
	if err != nil {
		return err
	}
	list, err := objects.List(ctx, metav1.ListOptions{ResourceVersion: "0"})
	if err != nil {
		return err
	}
	if len(list.Items) == 0 {
		return errors.New("there are no objects to change: run create first")
	}
	names := make([]string, len(list.Items))
	for i := range list.Items {
		names[i] = list.Items[i].GetName()
	}
	watched, stopWatching := context.WithCancel(ctx)
	defer stopWatching()
	tracker := newTracker(*changes)
	// It goes on where it was when the server ends a watch, as servers do.
	watch, err := watchtools.NewRetryWatcherWithContext(watched, list.GetResourceVersion(), &cache.ListWatch{
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watchapi.Interface, error) {
			return objects.Watch(ctx, options)
		},
	})
	if err != nil {
		return err
	}
	list = nil
	go func() {
		for event := range watch.ResultChan() {
			if event.Type == watchapi.Error && watched.Err() == nil {
				fatal(fmt.Errorf("the load generator's own watch failed: %w", apierrors.FromObject(event.Object)))
			}
			if object, ok := event.Object.(*unstructured.Unstructured); ok {
				tracker.observed(object.GetName(), observedGeneration(object), time.Now())
			}
		}
		if watched.Err() == nil {
			fatal(errors.New("the load generator's own watch ended: the measurement is void, run it again"))
		}
	}()

	cpuBefore := cpuSeconds(*pid)
	run := strconv.FormatInt(time.Now().UnixNano(), 36)
	start := time.Now()
	var failure sync.Once
	for i := range *changes {
		due := start.Add(time.Duration(float64(i) / *rate * float64(time.Second)))
		time.Sleep(time.Until(due))
		go func() {
			name := names[i%len(names)]
			body := strings.ReplaceAll(*patch, "INDEX", run+"-"+strconv.Itoa(i))
			object, err := objects.Patch(ctx, name, types.MergePatchType, []byte(body), metav1.PatchOptions{})
			if err != nil {
				failure.Do(func() { fmt.Fprintln(os.Stderr, "peer: a change failed:", err) })
				tracker.failed()
				return
			}
			tracker.changed(name, object.GetGeneration(), due)
		}()
	}
	select {
	case <-tracker.done:
	case <-time.After(*patience):
	case <-ctx.Done():
		return ctx.Err()
	}
	result := tracker.result(start)
	result.CPUSeconds = cpuSeconds(*pid) - cpuBefore
	printLine(result)
	return nil
}

// tracker matches changes with what was observed of them, in whichever order the two arrive.
type tracker struct {
	mutex     sync.Mutex
	expected  int
	failures  int
	reached   map[string]int64
	waiting   map[string][]change
	latencies []time.Duration
	last      time.Time
	done      chan struct{}
}

type change struct {
	generation int64
	due        time.Time
}

func newTracker(expected int) *tracker {
	return &tracker{
		expected: expected,
		reached:  map[string]int64{},
		waiting:  map[string][]change{},
		done:     make(chan struct{}),
	}
}

func (t *tracker) changed(name string, generation int64, due time.Time) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.reached[name] >= generation { // the event was faster than the answer
		t.finish(due, time.Now())
		return
	}
	t.waiting[name] = append(t.waiting[name], change{generation, due})
}

func (t *tracker) observed(name string, generation int64, at time.Time) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.reached[name] = max(t.reached[name], generation)
	t.waiting[name] = slices.DeleteFunc(t.waiting[name], func(c change) bool {
		if c.generation > generation {
			return false
		}
		t.finish(c.due, at)
		return true
	})
}

func (t *tracker) failed() {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.failures++
	t.check()
}

func (t *tracker) finish(due, at time.Time) {
	t.latencies = append(t.latencies, at.Sub(due))
	t.last = at
	t.check()
}

func (t *tracker) check() {
	if len(t.latencies)+t.failures == t.expected {
		close(t.done)
	}
}

func (t *tracker) result(start time.Time) loadResult {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	result := loadResult{
		Changes:    t.expected,
		Failed:     t.failures,
		Unobserved: t.expected - t.failures - len(t.latencies),
		Seconds:    t.last.Sub(start).Seconds(),
	}
	if len(t.latencies) > 0 {
		slices.Sort(t.latencies)
		result.P50 = milliseconds(t.latencies[(len(t.latencies)-1)/2])
		result.P99 = milliseconds(t.latencies[(len(t.latencies)-1)*99/100])
		result.Max = milliseconds(t.latencies[len(t.latencies)-1])
	}
	return result
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Microseconds()) / 1000
}

// cpuSeconds is user and system time from /proc/PID/stat (fields 14 and 15, in ticks of 10 ms; proc(5)).
func cpuSeconds(pid int) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, after, found := strings.Cut(string(text), ") ")
	fields := strings.Fields(after)
	if !found || len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) / 100
}
