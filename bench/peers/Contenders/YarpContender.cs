using System.Globalization;

namespace Mizzen.Bench.Peers.Contenders;

internal sealed class YarpContender : Contender
{
    public override string Name => "yarp";

    public override int WarmUpSeconds => 10;

    public override IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>
    {
        ["DOTNET_PROCESSOR_COUNT"] = "1",
        ["DOTNET_TieredPGO"] = "1",
    };

    public override IReadOnlyList<string> Command(string folder, int port, int backend) =>
    [
        "dotnet", typeof(YarpContender).Assembly.Location, "yarp",
        port.ToString(CultureInfo.InvariantCulture), backend.ToString(CultureInfo.InvariantCulture),
    ];
}
