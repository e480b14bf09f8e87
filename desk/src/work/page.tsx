export default function Page() {
  return (
    <div className="plain">
      <h1>work</h1>
    </div>
  );
}
