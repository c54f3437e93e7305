using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Mizzen.Clusters;

namespace Mizzen.Demo;

/// <summary>
/// The stand-in for the outside time service: the sample's own program, on the host's loopback, where no proxy is.
/// The demo works offline, yet the call really leaves the mesh.
/// </summary>
internal sealed class OutsideTimeService : IDisposable
{
    private readonly Process _process;

    private OutsideTimeService(Process process, IPEndPoint address)
    {
        _process = process;
        Address = address;
    }

    public IPEndPoint Address { get; }

    public static OutsideTimeService Start()
    {
        var address = FreeAddress();
        var start = new ProcessStartInfo(SelfProgram.TimeSample[0]) { UseShellExecute = false, RedirectStandardOutput = true };
        foreach (var argument in SelfProgram.TimeSample.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["SERVICE_NAME"] = "time";
        start.Environment["BIND_ADDRESS"] = address.Address.ToString();
        start.Environment["PORT"] = address.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        start.Environment.Remove("UPSTREAM_URI");
        var process = Process.Start(start) ?? throw new UserErrorException($"cannot start {SelfProgram.TimeSample[0]}");
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        return new OutsideTimeService(process, address);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static IPEndPoint FreeAddress()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return (IPEndPoint)probe.LocalEndpoint;
    }
}
