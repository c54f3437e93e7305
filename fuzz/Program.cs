using System.Diagnostics;
using System.Globalization;
using Mizzen.Fuzz;
using Mizzen.Fuzz.Targets;

const int LongestRun = 5_000;

var options = args.Chunk(2).ToDictionary(pair => pair[0], pair => pair.Length > 1 ? pair[1] : "", StringComparer.Ordinal);
var seconds = int.Parse(options.GetValueOrDefault("--seconds", "300"), CultureInfo.InvariantCulture);
var seed = int.Parse(options.GetValueOrDefault("--seed", Environment.TickCount.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);
FuzzTarget[] all = [new HpackTarget(), new FramesTarget(), new RequestHeadTarget(), new ResponseHeadTarget(), new ChunksTarget(), new GrpcHealthTarget(), new ProxyHeaderTarget()];
var targets = options.TryGetValue("--target", out var name) ? all.Where(target => target.Name == name).ToArray() : all;
if (targets.Length == 0)
{
    Console.Error.WriteLine($"fuzz: no target {name}; there are {string.Join(", ", all.Select(target => target.Name))}");
    return 2;
}

foreach (var target in targets)
{
    var corpus = Directory.GetFiles(Path.Combine(options["--corpus"], target.Name)).Order(StringComparer.Ordinal).Select(CorpusFile.Read).ToList();
    var mutator = new Mutator(seed);
    var clock = Stopwatch.StartNew();
    var end = TimeSpan.FromSeconds((double)seconds / targets.Length);
    var runs = 0L;
    foreach (var input in corpus.Concat(Mutations(mutator, corpus, clock, end)))
    {
        var started = clock.ElapsedMilliseconds;
        try
        {
            target.Run(input);
            runs++;
        }
        catch (Exception error)
        {
            Console.Error.WriteLine($"{target.Name}, seed {seed}: {error}");
            Console.Error.WriteLine($"input: {Convert.ToHexString(input)}");
            return 1;
        }

        if (clock.ElapsedMilliseconds - started > LongestRun)
        {
            Console.Error.WriteLine($"{target.Name}, seed {seed}: one input took {clock.ElapsedMilliseconds - started} ms");
            Console.Error.WriteLine($"input: {Convert.ToHexString(input)}");
            return 1;
        }
    }

    Console.WriteLine($"{target.Name}: {runs} inputs, seed {seed}");
}

return 0;

static IEnumerable<byte[]> Mutations(Mutator mutator, List<byte[]> corpus, Stopwatch clock, TimeSpan end)
{
    while (clock.Elapsed < end)
    {
        yield return mutator.Mutate(corpus);
    }
}
