// Starts a cluster, asks it for what clients ask for, and prints what it took beside the same of a Kubernetes 1.32 control plane.
using System.Globalization;
using Mizzen.Bench;
using Mizzen.Bench.Cluster;

// The runtime compiles what is used often once more, in the background: half a minute after the start it is done.
var settling = TimeSpan.FromSeconds(60);
var idling = TimeSpan.FromSeconds(20);

await using var cluster = await BenchCluster.StartAsync(args[0]);
var measurements = new Measurements(cluster.Api);
await Task.Delay(settling, TimeProvider.System);
var process = cluster.ClusterProcess;
var (memory, all, busy) = (ProcessFamily.MegabytesOf(process), cluster.Family.Sum(ProcessFamily.MegabytesOf), ProcessFamily.CpuSecondsOf(process));
await Task.Delay(idling, TimeProvider.System);
var idle = (ProcessFamily.CpuSecondsOf(process) - busy) / idling.TotalSeconds;

Say("creates");
var create = await measurements.CreateAsync(1000);
Say("create to event");
var heard = await measurements.CreateToEventAsync(500);
Say("lists");
var list = await measurements.ListAsync(5000, 20);
Say("watchers");
var fanOut = await measurements.FanOutAsync(200, 50);
var loaded = ProcessFamily.MegabytesOf(process);
Say("pods");
var (bound, ready) = await measurements.ScaleAsync();

Console.WriteLine("| | mizzen | budget | Kubernetes 1.32 |");
Console.WriteLine("|---|---:|---:|---:|");
Row("start until the API and four nodes are ready, s", Seconds(cluster.StartTime.TotalMilliseconds), "1", "3.4");
Row("create, p50, ms", Number(Percentile(create, 50)), "1.5", "1.7");
Row("create, p99, ms", Number(Percentile(create, 99)), "", "16");
Row("create to watch event, p50, ms", Number(Percentile(heard, 50)), "1", "1.5");
Row("create to watch event, p99, ms", Number(Percentile(heard, 99)), "", "3");
Row("list of 5,000 objects, p50, ms", Number(Percentile(list, 50)), "150", "");
Row("an event at 200 watchers, p99, ms", Number(Percentile(fanOut, 99)), "10", "");
Row("scale 5 to 100, all bound, s", Seconds(bound), "1", "4.1");
Row("scale 5 to 100, all running and ready, s", Seconds(ready), "", "");
Row("memory idle, cluster process with four nodes, MiB", Number(memory), "150", "510");
Row("memory idle, mesh and gateway included, MiB", Number(all), "", "");
Row("memory with 5,000 objects, cluster process, MiB", Number(loaded), "", "");
Row("idle, share of one core, %", Number(idle * 100), "1", "");

static void Say(string what) => Console.Error.WriteLine($"measuring {what}");

static void Row(params string[] cells) => Console.WriteLine($"| {string.Join(" | ", cells)} |");

static double Percentile(double[] values, int percent) => values.Order().ElementAt(Math.Min(values.Length - 1, values.Length * percent / 100));

static string Seconds(double milliseconds) => (milliseconds / 1000).ToString("0.00", CultureInfo.InvariantCulture);

static string Number(double value) => value.ToString(value >= 100 ? "#,0" : value >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);
